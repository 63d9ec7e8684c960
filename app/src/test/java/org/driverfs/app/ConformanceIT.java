package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The conformance kit on the mount and on /sys: what differs is what docs/semantics.md says.
@Timeout(120)
final class ConformanceIT {
  private static final Path SOURCE = Path.of("../lab/conformance/conformance.c");
  private static final Pattern NOT_OK = Pattern.compile("not ok (.*): expected .*, got (.+)");
  private static final Pattern ROW =
      Pattern.compile("\\| ([^|]+) \\| (\\w+) \\| (\\w+) \\| .+ \\|");

  @TempDir private static Path directory;

  private record Difference(String check, String got) {}

  @BeforeAll
  static void compile() throws Exception {
    Machine.requireRoot();
    var lines = new ArrayList<String>();
    int status = run(lines, "gcc", "-O1", "-o", kit(), SOURCE.toString());
    assertThat(status).as("%s", lines).isZero();
  }

  @Test
  void kit_onTheMountAndOnSys_differsAsIsWritten() throws Exception {
    assertThat(differences("/sys/devices", "/sys/devices/virtual/net/lo/mtu"))
        .isEqualTo(written(2));
    try (Machine machine = new Machine(false)) {
      String root = machine.mount().resolve("root").toString();
      assertThat(differences(root, root + "/virtual/net/lo/mtu")).isEqualTo(written(3));
      assertThat(differences(machine.mount().resolve("bus").toString())).isEqualTo(written(3));
      machine.assertAtRest();
    }
  }

  private static Set<Difference> differences(String... where) throws Exception {
    var lines = new ArrayList<String>();
    int status =
        run(lines, Stream.concat(Stream.of(kit()), Stream.of(where)).toArray(String[]::new));
    Set<Difference> found = new HashSet<>();
    for (String line : lines) {
      if (line.startsWith("not ok")) {
        var notOk = NOT_OK.matcher(line);
        assertThat(notOk.matches()).as(line).isTrue();
        found.add(new Difference(notOk.group(1), notOk.group(2)));
      }
    }
    assertThat(status).as("%s", lines).isEqualTo(found.isEmpty() ? 0 : 1);
    assertThat(lines.stream().filter(line -> line.startsWith("ok ")).count()).isGreaterThan(80);
    return found;
  }

  /// What the table says that is not what POSIX wants, which is the word "right".
  private static Set<Difference> written(int column) throws IOException {
    Set<Difference> rows = new HashSet<>();
    for (String line : Files.readAllLines(Path.of("../docs/semantics.md"))) {
      var row = ROW.matcher(line);
      if (row.matches() && !row.group(column).equals("right")) {
        rows.add(new Difference(row.group(1), row.group(column)));
      }
    }
    return rows;
  }

  private static String kit() {
    return directory.resolve("kit").toString();
  }

  private static int run(List<String> lines, String... command)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    lines.addAll(process.inputReader().readAllLines());
    return process.waitFor();
  }
}
