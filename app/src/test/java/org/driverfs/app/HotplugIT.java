package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Real devices that come and go, in a network namespace of the test's own.
@Timeout(400)
class HotplugIT {
  private static final int PAIRS = 500;
  private static final String INTERFACES = "root/virtual/net";

  @Test
  void fiveHundredPairs_addedAndDeletedUnderReaders_treeFollows() throws Exception {
    try (var machine = new Machine(true)) {
      List<Process> readers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        readers.add(
            machine.start(
                "while :; do find "
                    + INTERFACES
                    + " class/net/ -type f -exec cat {} + > /dev/null 2>&1; done"));
      }
      machine.run(
          "for i in $(seq "
              + PAIRS
              + "); do echo link add a$i type veth peer name b$i;"
              + " done | ip -batch -");
      assertSameInterfaces(machine, 2 * PAIRS + 1);
      machine.run("for i in $(seq " + PAIRS + "); do echo link del a$i; done | ip -batch -");
      assertSameInterfaces(machine, 1);
      for (Process reader : readers) {
        assertThat(reader.isAlive()).as("a reader goes on").isTrue();
        reader.descendants().forEach(ProcessHandle::destroyForcibly);
        reader.destroyForcibly().waitFor();
      }
      machine.assertAtRest();
      assertThat(machine.status("kernel_rescans")).as("events lost").isZero();
      assertThat(machine.status("kernel_events")).isGreaterThanOrEqualTo(4 * PAIRS);
    }
  }

  @Test
  void interface_writtenThroughTheMount_changes() throws Exception {
    try (var machine = new Machine(true)) {
      machine.run("ip link add v0 type veth peer name v1");
      machine.verb("settle");
      String v0 = INTERFACES + "/v0/";
      assertThat(machine.run("echo 1400 > " + v0 + "mtu; ip link show v0")).contains("mtu 1400");
      assertThat(machine.run("/bin/echo 17 > " + v0 + "mtu; cat " + v0 + "mtu"))
          .contains("Invalid argument")
          .contains("1400");
      assertThat(machine.run("echo 1 > " + v0 + "netif/up; ip link show v0")).contains(",UP");
      assertThat(machine.run("echo 0 > " + v0 + "netif/up; ip link show v0")).doesNotContain(",UP");
      assertThat(machine.run("/bin/echo 2 > " + v0 + "netif/up; cat " + v0 + "netif/up"))
          .contains("Invalid argument")
          .contains("\n0\n");
      assertThat(machine.run("ip addr add 192.0.2.1/24 dev v0; cat " + v0 + "netif/addresses"))
          .contains("192.0.2.1/24");
      assertThat(machine.run("exec 3< " + v0 + "mtu; ip link set v0 name w0;" + " cat <&3"))
          .contains("1400");
      machine.verb("settle");
      assertThat(machine.run("cat class/net/w0/mtu; ls class/net/ bus/net/devices/"))
          .contains("1400")
          .doesNotContain("v0");
      machine.assertAtRest();
    }
  }

  private static void assertSameInterfaces(Machine machine, int count) throws Exception {
    machine.verb("settle");
    String kernels = machine.run("ls /sys/devices/virtual/net");
    assertThat(machine.run("ls " + INTERFACES)).isEqualTo(kernels);
    assertThat(machine.run("ls class/net/")).isEqualTo(kernels);
    assertThat(machine.run("ls bus/net/devices/")).isEqualTo(kernels);
    assertThat(kernels.lines().count() - 1).isEqualTo(count);
  }
}
