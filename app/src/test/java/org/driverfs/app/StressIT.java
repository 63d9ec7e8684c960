package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Other people's stress tests on the mount, while devices come and go.
@Timeout(400)
class StressIT {
  private static final String CHURN =
      "while :; do ip link add s0 type veth peer name s1; ip link del s0; done";

  @Test
  void stressNg_onTheMountAsSys_findsNothingAndLeavesNothing() throws Exception {
    try (var machine = new Machine(true)) {
      Process churn = machine.start(CHURN);
      String output =
          machine.run(
              "mount --bind "
                  + machine.mount()
                  + " /sys"
                  + " && stress-ng --sysfs 2 -t 20 --timestamp; s=$?; umount -l /sys; [ $s = 0 ]");
      assertThat(output).as(output).endsWith("= 0\n");
      assertThat(
              machine.run(
                  "stress-ng --fstat 2 --fstat-dir "
                      + machine.mount()
                      + "/root/virtual/net/lo -t 10"))
          .endsWith("= 0\n");
      end(churn);
      machine.assertAtRest();
    }
  }

  @Test
  void parallelGrep_whileDevicesComeAndGo_endsAndLeavesNothing() throws Exception {
    try (var machine = new Machine(true)) {
      Process churn = machine.start(CHURN);
      List<Process> greps = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        greps.add(machine.start("grep -rs . . > /dev/null 2>&1"));
      }
      for (Process grep : greps) {
        assertThat(grep.waitFor(180, TimeUnit.SECONDS)).as("grep ends").isTrue();
      }
      end(churn);
      machine.verb("settle");
      machine.assertAtRest();
    }
  }

  private static void end(Process process) throws InterruptedException {
    assertThat(process.isAlive()).isTrue();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor();
  }
}
