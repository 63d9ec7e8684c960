package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Rules for real devices, in a network namespace of the test's own.
@Timeout(200)
class RulesIT {
  private static final int PAIRS = 20;

  @TempDir private Path directory;

  @Test
  void rules_pairsOfInterfacesCome_allAreAsTheySay() throws Exception {
    Path names = directory.resolve("names");
    Path config =
        Files.writeString(
            directory.resolve("driverfs.toml"),
            """
            [[rule]]
            name = "small"
            match = { action = "add", bus = "net", path = "virtual/net/[ab]*" }
            set = { mtu = "1400" }

            [[rule]]
            name = "up"
            match = { action = "bind", driver = "netif", path = "*/a*" }
            set = { "netif/up" = "1" }
            run = ["/bin/sh", "-c", 'echo "$DRIVERFS_NAME" >> "$0"', "%s"]
            """
                .formatted(names));
    try (var machine = new Machine(true, "--config", config.toString())) {
      machine.run(
          "for i in $(seq " + PAIRS + "); do ip link add a$i type veth peer name b$i; done");
      await()
          .atMost(Machine.PATIENCE)
          .untilAsserted(() -> {
            assertThat(machine.run("cat class/net/[ab]*/mtu").lines())
                .filteredOn(line -> !line.startsWith("="))
                .isEqualTo(Collections.nCopies(2 * PAIRS, "1400"));
            assertThat(machine.run("ip -o link").lines().filter(it -> it.contains(",UP")))
                .hasSize(PAIRS);
            assertThat(names).content().hasLineCount(PAIRS);
          });
      assertThat(machine.status("rules_matched")).isEqualTo(3 * PAIRS);
      assertThat(machine.status("rules_failed")).isZero();
      assertThat(machine.status("rules_stopped")).isZero();
      assertThat(machine.verb("rules", "test", "add", "virtual/net/a1", "(net)"))
          .contains("small: matches", "would set root/virtual/net/a1/mtu to 1400")
          .contains("up: does not match", "action: add is not bind", "driver: netif is netif");
      assertThat(machine.log()).doesNotContain("driverfs.rules");
    }
  }
}
