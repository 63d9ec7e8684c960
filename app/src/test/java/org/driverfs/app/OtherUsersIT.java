package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.driverfs.app.Launcher.Result;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What users other than root can do: with root's mount if the configuration lets them in, and with
/// a mount of their own.
final class OtherUsersIT {
  private static final List<String> AS_NOBODY =
      List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

  @TempDir private Path directory;
  private Launcher driverfs;

  @BeforeEach
  void prepare() throws Exception {
    MountTests.assumePossible();
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    driverfs = new Launcher(directory);
  }

  @AfterEach
  void end() throws Exception {
    if (driverfs != null) {
      driverfs.end();
    }
  }

  /// PCI `config` gives root 256 bytes or more, and others the first 64.
  @Test
  void up_allowOther_givesNobodyMoreThanTheKernelDoes() throws Exception {
    Path config = Files.writeString(directory.resolve("c.toml"), "allow_other = true\n");
    Result up =
        driverfs.run(
            "up",
            "--detach",
            "--mount",
            driverfs.mount().toString(),
            "--config",
            config.toString());
    assertThat(up.status()).as(up.err()).isZero();

    Path devices = Path.of("bus/pci/devices");
    List<Path> cards;
    try (Stream<Path> all = Files.list(Path.of("/sys").resolve(devices))) {
      cards = all.toList();
    }
    assertThat(cards).as("PCI devices of this machine").isNotEmpty();
    for (Path card : cards) {
      Path kernel = card.resolve("config");
      Path ours = driverfs.mount().resolve(devices).resolve(card.getFileName()).resolve("config");
      assertThat(count(List.of(), ours)).isEqualTo(count(List.of(), kernel)).isNotEqualTo("64");
      assertThat(count(AS_NOBODY, ours)).isEqualTo(count(AS_NOBODY, kernel)).isEqualTo("64");
    }
    Path mtu = driverfs.mount().resolve("class/net/lo/mtu");
    assertThat(output(AS_NOBODY, "cat", mtu.toString())).isEqualTo(Files.readString(mtu));
    assertThat(output(AS_NOBODY, "sh", "-c", "echo 9 > " + mtu)).contains("Permission denied");
    assertThat(output(AS_NOBODY, "chmod", "666", mtu.toString())).contains("not permitted");
  }

  @Test
  void up_withoutAllowOther_keepsOthersOut() throws Exception {
    driverfs.up();

    assertThat(output(AS_NOBODY, "ls", driverfs.mount().toString())).contains("Permission denied");
  }

  /// In a mount namespace of its own, where everybody may open /dev/fuse, as on a desktop.
  @Test
  void up_asAnotherUser_mountsBelowTheirRuntimeDirectory() throws Exception {
    driverfs.run("status"); // what the launcher prepares is there from now on
    Path run = copiedRun();
    Path runtime = Files.createDirectory(directory.resolve("runtime"));
    output(List.of(), "chown", "65534:65534", runtime.toString());
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String main =
        java + " --enable-native-access=ALL-UNNAMED -cp '" + run + "/*' org.driverfs.app.Main";
    Path script =
        Files.writeString(
            directory.resolve("script"),
            """
            cd "$XDG_RUNTIME_DIR"
            MAIN up > out 2>&1 &
            daemon=$!
            for i in $(seq 600); do
              grep -q "$XDG_RUNTIME_DIR" out && break
              kill -0 $daemon || break
              sleep 0.1
            done
            mount=$(sed -n 's,.*\\('"$XDG_RUNTIME_DIR"'[^ ]*\\).*,\\1,p' out | head -1)
            echo "mtu $(cat $mount/class/net/lo/mtu)"
            echo "verb $(MAIN get class/net/lo/mtu)"
            (echo 9 > $mount/class/net/lo/mtu) 2>&1
            kill -TERM $daemon
            wait $daemon
            echo "exit $?"
            grep -c "$XDG_RUNTIME_DIR" /proc/mounts
            cat out
            """
                .replace("MAIN", main));
    String outside =
        """
        mknod '%1$s'/fuse c 10 229 && chmod 666 '%1$s'/fuse && mount --bind '%1$s'/fuse /dev/fuse
        exec env -u DRIVERFS_SOCKET XDG_RUNTIME_DIR='%2$s' %3$s sh '%4$s'
        """
            .formatted(directory, runtime, String.join(" ", AS_NOBODY), script);
    String said = output(List.of("unshare", "-m", "--propagation", "private"), "sh", "-c", outside);

    String mtu = Files.readString(Path.of("/sys/class/net/lo/mtu")).strip();
    assertThat(said)
        .contains("mtu " + mtu, "verb " + mtu, "Permission denied")
        .containsPattern("(?m)^exit 0\\n0$");
  }

  /// The jars that the launcher runs, where everybody can read them.
  private Path copiedRun() throws Exception {
    Path run = Files.createDirectory(directory.resolve("run"));
    Path jars = Path.of("target", "run", "current").toRealPath();
    try (Stream<Path> all = Files.list(jars)) {
      for (Path jar : all.filter(file -> file.toString().endsWith(".jar")).toList()) {
        Path copy = Files.copy(jar, run.resolve(jar.getFileName()));
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-r--r--"));
      }
    }
    return run;
  }

  private static String count(List<String> prefix, Path file) throws Exception {
    return output(prefix, "sh", "-c", "cat " + file + " | wc -c").strip();
  }

  private static String output(List<String> prefix, String... command) throws Exception {
    List<String> all = Stream.concat(prefix.stream(), Stream.of(command)).toList();
    Path out = Files.createTempFile("driverfs-test", "");
    try {
      Process process =
          new ProcessBuilder(all)
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .start();
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("%s ends", all).isTrue();
      return Files.readString(out);
    } finally {
      Files.delete(out);
    }
  }
}
