package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The daemon is killed while it has a module, wherever that is between its init and its end:
/// nobody hangs because of that, and the next daemon begins anew in the same place.
@Timeout(300)
@SuppressWarnings("NullAway.Init") // set by JUnit
class KilledDaemonIT {
  private static final String TAKE_LOOPBACK =
      "echo gauge > class/net/lo/driver_override; echo lo > bus/net/drivers/netif/unbind;"
          + " echo lo > bus/net/drivers_probe";

  private static final String READING = "class/net/lo/reading";

  /// What the daemon is at with the module when it is killed.
  enum Moment {
    /// The init hangs.
    LOADING("loading"),
    /// Somebody is in its code.
    LIVE("live"),
    /// It was revoked, and somebody is still in its code.
    GOING("going"),
    /// Its next version is there, and waits for somebody who is in its code.
    UPGRADING("live");

    private final String state;

    Moment(String state) {
      this.state = state;
    }
  }

  @TempDir private Path directory;
  private final List<Process> clients = new ArrayList<>();
  private final List<Process> verbs = new ArrayList<>();
  private Process inside;
  private Process holder;
  private BufferedReader held;

  @AfterEach
  void endClients() throws InterruptedException {
    for (Process client : clients) {
      client.destroyForcibly().waitFor();
    }
  }

  @ParameterizedTest
  @EnumSource
  void kill_whileAModuleIs_letsClientsGoAndTheNextDaemonStartsAnew(Moment moment) throws Exception {
    String jar = gauge("1.0");
    try (var machine = new Machine(false)) {
      bring(machine, jar, moment);
      assertThat(machine.run("cat module/gauge/initstate")).isEqualTo(moment.state + "\n= 0\n");
      assertThat(inside.isAlive()).isTrue();
      assertThat(verbs).allMatch(Process::isAlive);

      machine.kill();

      assertThat(end(inside)).contains("stuck: Software caused connection abort");
      for (Process verb : verbs) {
        assertThat(end(verb)).contains("the daemon ended before it had answered");
      }
      assertThat(holderReads()).contains("not connected");
      machine.startAgain();
      assertNothingIsLoaded(machine);
      machine.verb("insmod", jar);
      machine.run(TAKE_LOOPBACK);
      assertThat(machine.run("cd module/gauge; cat initstate generation; cat ../../" + READING))
          .isEqualTo("live\n1\n1.0\n= 0\n");
      assertThat(holderReads()).as("of the first daemon's").contains("not connected");
      assertThat(machine.verb("rmmod", "gauge"))
          .contains("way: try", "left behind: nothing", "class loader: collected after");
      machine.assertDownLeavesNothing();
    }
  }

  /// A listing that hangs in a driver has the lock of its directory in the kernel, and a change in
  /// that directory waits for the lock, in a thread of the daemon.
  @Test
  void kill_whileAChangeWaitsForAListingThatHangs_endsTheDaemonAndItsClients() throws Exception {
    String manifest =
        """
        name = "veil"
        version = "1.0"
        [[parameter]]
        name = "hang"
        type = "boolean"
        default = "0"
        writable = true
        """;
    String source =
        """
        package veil;
        import java.util.List;
        import org.driverfs.model.*;
        import org.driverfs.model.spi.*;
        public class Veil implements DriverModule {
          public void init(ModuleContext context) {
            context.register(
                Driver.builder("veil", context.findBus("net").orElseThrow(), (device, it) -> {})
                    .owner(context.module())
                    .deviceAttributes(
                        AttributeSet.<Device>of(
                                List.of(Attribute.<Device>readOnly("reading", device -> "1.0")))
                            .visibleIf((device, attribute) -> look(context)))
                    .build());
          }
          private static boolean look(ModuleContext context) {
            boolean isClient = Thread.currentThread().getName().startsWith("driverfs-fuse");
            while (isClient && context.parameter("hang").equals("1")) {
              try {
                Thread.sleep(10);
              } catch (InterruptedException e) {
                // goes on
              }
            }
            return true;
          }
        }
        """;
    Path jar = SampleModule.pack(directory.resolve("veil"), "Veil", manifest, source);
    try (var machine = new Machine(false)) {
      machine.verb("insmod", jar.toString());
      machine.run(
          "echo veil > class/net/lo/driver_override; echo lo > bus/net/drivers/netif/unbind;"
              + " echo lo > bus/net/drivers_probe; ls -l class/net/lo/;"
              + " echo 1 > module/veil/parameters/hang");
      Process lister = client(machine.start("exec ls class/net/lo/"));
      await()
          .atMost(Machine.PATIENCE)
          .until(() -> machine.run("cat module/veil/users").contains("list attributes"));
      Process unbind = client(machine.start("exec echo lo > bus/net/drivers/veil/unbind"));
      String waits = "grep -l '^State:.D' /proc/%d/task/*/status".formatted(machine.status("pid"));
      await().atMost(Machine.PATIENCE).until(() -> machine.run(waits).contains("= 0"));
      machine.kill();
      assertThat(lister.waitFor(Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(unbind.waitFor(Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      machine.startAgain();
      assertNothingIsLoaded(machine);
      machine.assertDownLeavesNothing();
    }
  }

  private void bring(Machine machine, String jar, Moment moment) throws Exception {
    if (moment == Moment.LOADING) {
      verbs.add(client(machine.startVerb("insmod", jar, "hang=1")));
      awaitAnswer(machine, "cat module/gauge/initstate", "loading\n= 0\n");
    } else {
      machine.verb("insmod", jar);
    }
    machine.run(TAKE_LOOPBACK);
    holder =
        client(
            machine.start(
                "exec 7< %s; cat <&7; while read -r _; do cat <&7; done".formatted(READING)));
    held = holder.inputReader(StandardCharsets.UTF_8);
    assertThat(nextLine()).isEqualTo("1.0");
    inside = client(machine.start("exec cat class/net/lo/stuck"));
    awaitAnswer(machine, "cat module/gauge/users", "show stuck of driver gauge");
    if (moment == Moment.GOING) {
      assertThat(machine.complaint("rmmod", "--revoke=100ms", "gauge"))
          .contains("is going, and its receipt follows", "show stuck", "(ETIMEDOUT)");
    }
    if (moment == Moment.UPGRADING) {
      verbs.add(client(machine.startVerb("upgrade", "--wait=100s", gauge("2.0"))));
      // whoever opens a file of the old version has to wait from the moment on when it does
      awaitAnswer(machine, "timeout 1 cat " + READING, "= 124\n");
      assertThat(machine.verb("lsmod")).containsPattern("(?m)^gauge@2\\.0 +2\\.0 +live ");
    }
  }

  private static void assertNothingIsLoaded(Machine machine) throws Exception {
    assertThat(machine.verb("lsmod")).isEmpty();
    assertThat(machine.run("ls module")).isEqualTo("= 0\n");
    assertThat(machine.run("cat " + READING)).contains("No such file");
  }

  /// A module that hangs where it is told to, whoever interrupts it: in its init if the parameter
  /// says so, and in the show of `stuck`.
  private String gauge(String version) throws IOException {
    String manifest =
        """
        name = "gauge"
        version = "%s"
        [[parameter]]
        name = "hang"
        type = "boolean"
        default = "0"
        """
            .formatted(version);
    String source =
        """
        package gauge;
        import java.util.List;
        import org.driverfs.model.*;
        import org.driverfs.model.spi.*;
        public class Gauge implements DriverModule {
          public void init(ModuleContext context) {
            context.register(
                Driver.builder("gauge", context.findBus("net").orElseThrow(), (device, it) -> {})
                    .owner(context.module())
                    .deviceAttributes(AttributeSet.of(List.of(
                        Attribute.<Device>readOnly("reading", device -> "%s"),
                        Attribute.<Device>readOnly("stuck", device -> hang()))))
                    .build());
            if (context.parameter("hang").equals("1")) {
              hang();
            }
          }
          private static String hang() {
            while (true) {
              try {
                Thread.sleep(1_000_000);
              } catch (InterruptedException e) {
                // goes on
              }
            }
          }
        }
        """
            .formatted(version);
    return SampleModule.pack(directory.resolve(version), "Gauge", manifest, source).toString();
  }

  private Process client(Process started) {
    clients.add(started);
    return started;
  }

  private static void awaitAnswer(Machine machine, String command, String answer) {
    await()
        .atMost(Machine.PATIENCE)
        .untilAsserted(() -> assertThat(machine.run(command)).as(command).contains(answer));
  }

  /// What a client says that fails.
  private static String end(Process client) throws Exception {
    assertThat(client.waitFor(Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("ends").isTrue();
    assertThat(client.exitValue()).isEqualTo(1);
    return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /// What the holder sees if it reads once more.
  private String holderReads() throws Exception {
    holder.outputWriter(StandardCharsets.UTF_8).append('\n').flush();
    return nextLine();
  }

  private String nextLine() throws Exception {
    return CompletableFuture.supplyAsync(() -> held.lines().findFirst().orElse("nothing"))
        .get(Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }
}
