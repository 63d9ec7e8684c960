package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Event.Action;
import org.driverfs.model.Events;
import org.driverfs.model.Model;
import org.driverfs.model.TextAttribute;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Rules in a world of devices of the test's own.
@Timeout(60)
@SuppressWarnings("NullAway.Init") // by start, which each test calls
class RulesTest {
  @TempDir private Path directory;
  private final List<String> stored = new CopyOnWriteArrayList<>();
  private final CountDownLatch goOn = new CountDownLatch(1);
  private Daemon daemon;
  private Model model;
  private Bus bus;

  private void start(String rules) throws IOException {
    Path file = Files.writeString(directory.resolve("driverfs.toml"), rules);
    daemon = new Daemon(Settings.of(new UpOptions(null, directory.resolve("socket"), file, false)));
    model = daemon.world().model();
    bus = new Bus("scsi");
    model.register(bus);
    daemon.rules().start();
  }

  @AfterEach
  void close() {
    goOn.countDown();
    daemon.rules().close();
  }

  private Device register(String name) {
    var type =
        new DeviceType(
            "disk",
            AttributeSet.of(
                List.of(
                    attribute("level", (device, value) -> stored.add(device.name() + "=" + value)),
                    attribute("echo", (device, _) -> model.changed(device, "echo")),
                    attribute("far", (device, _) -> elsewhere(() -> model.changed(device, "far"))),
                    attribute("child", (device, _) -> register(device.name() + "+")),
                    attribute("slow", (_, _) -> goOn.await()),
                    attribute(
                        "refuse",
                        (_, _) -> {
                          throw new DriverfsException(Errno.EINVAL, "refuse", "takes nothing");
                        }))));
    var device = Device.builder(name).bus(bus).type(type).build();
    model.register(device);
    return device;
  }

  private static Attribute<Device> attribute(String name, TextAttribute.Store<Device> store) {
    return Attribute.writeOnly(name, store);
  }

  private static void elsewhere(Runnable action) {
    Thread.ofPlatform().start(action);
  }

  private ActiveRule rule(int number) {
    return daemon.rules().all().get(number);
  }

  @Test
  void set_deviceComes_isWrittenOnceToEachThatMatches() throws Exception {
    start(
        """
        [[rule]]
        match = { action = "add", bus = "scsi", path = "sd[a-c]|host*" }
        set = { level = "${name}:${bus}:${property.NOTHING}" }
        """);
    register("sda");
    register("sdd");
    register("host0");
    daemon.settle();
    assertThat(stored).containsExactly("sda=sda:scsi:", "host0=host0:scsi:");
    assertThat(rule(0).matched()).isEqualTo(2);
    assertThat(rule(0).failed()).isZero();
  }

  @Test
  void set_pathWithASlashBeforeIt_isFromTheTop() throws Exception {
    start(
        """
        [[rule]]
        match = { action = "offline", property.WHY = "h?t" }
        set = { "/root/fan/level" = "3" }
        """);
    register("fan");
    Device cpu = register("cpu");
    model.publish(cpu, Action.OFFLINE, Map.of("WHY", "cold"));
    model.publish(cpu, Action.OFFLINE, Map.of("WHY", "hot"));
    await().until(() -> !stored.isEmpty());
    assertThat(stored).containsExactly("fan=3");
    assertThat(rule(0).matched()).isEqualTo(1);
  }

  @Test
  void rule_fails_isCountedAndTheOthersGoOn() throws Exception {
    start(
        """
        [[rule]]
        match = { action = "add", bus = "scsi" }
        set = { refuse = "1", nowhere = "1" }
        load = "scsi_mod"
        [[rule]]
        match = { action = "add", bus = "scsi" }
        run = ["/no/such/command"]
        [[rule]]
        match = { action = "add", bus = "scsi" }
        set = { level = "1" }
        """);
    register("sda");
    register("sdb");
    await().until(() -> stored.size() == 2);
    assertThat(rule(0).failed()).isEqualTo(6);
    assertThat(rule(1).failed()).isEqualTo(2);
    assertThat(rule(2).failed()).isZero();
    assertThat(daemon.status().text())
        .contains("rules 3\n", "rules_matched 6\n", "rules_failed 8\n", "rules_lost_events 0\n");
  }

  @Test
  void run_command_hasArgumentsAndEnvironmentAndNoShell() throws Exception {
    Path out = directory.resolve("out");
    start(
        """
        [[rule]]
        match = { action = "change", attribute = "level" }
        run = ["/bin/sh", "-c", 'echo "$1 $DRIVERFS_PATH $DRIVERFS_PROPERTY_ATTRIBUTE" > "$2"; \
        mv "$2" "$2.done"', "sh", "$(id) ${action};", "%s"]
        """
            .formatted(out));
    model.changed(register("sda"), "level");
    Path done = directory.resolve("out.done");
    await().until(() -> Files.exists(done));
    assertThat(done).content().isEqualTo("$(id) change; sda level\n");
  }

  /// The store of the rule publishes in the thread of the rules what the rule matches.
  @Test
  void rule_matchesItsOwnEffect_isStoppedAtDepth8() throws Exception {
    start(
        """
        [[rule]]
        match = { attribute = "echo" }
        set = { echo = "1", level = "${sequence}" }
        """);
    model.changed(register("sda"), "echo");
    await().until(() -> rule(0).stopped() == 1);
    assertThat(stored).hasSize(ActiveRule.MOST_DEPTH).doesNotHaveDuplicates();
    assertThat(rule(0).matched()).isEqualTo(ActiveRule.MOST_DEPTH + 1);
    assertThat(daemon.status().text()).contains("rules_stopped 1\n");
  }

  /// Two rules that call for each other, of devices that are not the same.
  @Test
  void rules_matchEachOthersEffects_areStoppedAtDepth8() throws Exception {
    start(
        """
        [[rule]]
        match = { attribute = "echo", path = "sda" }
        set = { "/root/sdb/echo" = "1", level = "1" }
        [[rule]]
        match = { attribute = "echo", path = "sdb" }
        set = { "/root/sda/echo" = "1", level = "1" }
        """);
    Device first = register("sda");
    register("sdb");
    model.changed(first, "echo");
    await().until(() -> rule(0).stopped() + rule(1).stopped() == 1);
    assertThat(stored).hasSize(ActiveRule.MOST_DEPTH);
  }

  /// No device comes twice: only what the thread knows shows that each comes of the one before.
  @Test
  void rule_makesTheDevicesThatItMatches_isStoppedAtDepth8() throws Exception {
    start(
        """
        [[rule]]
        match = { action = "add", path = "sda*" }
        set = { child = "1", level = "1" }
        """);
    register("sda");
    await().until(() -> rule(0).stopped() == 1);
    assertThat(stored).hasSize(ActiveRule.MOST_DEPTH);
    assertThat(bus.deviceCount()).isEqualTo(ActiveRule.MOST_DEPTH + 1);
  }

  /// The effect is published by another thread, as it is when it comes back through the kernel.
  @Test
  void rule_effectComesFromElsewhere_isStoppedAtDepth8() throws Exception {
    start(
        """
        [[rule]]
        match = { attribute = "far" }
        set = { far = "1", level = "1" }
        """);
    model.changed(register("sda"), "far");
    await().until(() -> rule(0).stopped() == 1);
    assertThat(stored).hasSize(ActiveRule.MOST_DEPTH);
  }

  @Test
  void rule_takesLong_eventsAreLostAndCounted() throws Exception {
    start(
        """
        [[rule]]
        match = { action = "online" }
        set = { slow = "1" }
        """);
    Device device = register("sda");
    model.publish(device, Action.ONLINE, Map.of());
    await().until(() -> rule(0).matched() == 1);
    for (int i = 0; i < Events.KEPT + 7; i++) {
      model.publish(device, Action.CHANGE, Map.of());
    }
    goOn.countDown();
    await().until(() -> daemon.rules().lost() > 0);
    assertThat(daemon.rules().lost()).isEqualTo(7);
  }

  @Test
  void set_thatDoesNotEnd_isNamedByStatus() throws Exception {
    start(
        """
        [[rule]]
        name = "stuck"
        match = { action = "online" }
        set = { slow = "1" }
        """);
    Device device = register("sda");
    model.publish(device, Action.ONLINE, Map.of());
    await().until(() -> daemon.rules().all().getFirst().work().isPresent());
    assertThat(Status.of(daemon, Duration.ofDays(1)).text()).doesNotContain("hangs");
    assertThat(Status.of(daemon, Duration.ZERO).text())
        .containsPattern("(?m)^hangs rule stuck: set root/sda/slow to 1, for \\d+\\.\\d s$");
    goOn.countDown();
    await().until(() -> daemon.rules().all().getFirst().work().isEmpty());
  }

  @Test
  void verb_rules_thereAreNone_saysSo() throws Exception {
    start("");
    assertThat(verb("rules"))
        .isEqualTo("no rules; a [[rule]] in the daemon's configuration file adds one\n");
  }

  @Test
  void verb_rules_listsThemAndTestExplainsAndDoesNothing() throws Exception {
    start(
        """
        [[rule]]
        name = "levels"
        match = { action = "add", path = "sd*", property.SIZE = "*" }
        set = { level = "1" }
        run = ["/bin/false", "${name}"]
        """);
    assertThat(verb("rules")).matches("levels +0 +0 +0\n");
    assertThat(verb("rules", "test", "17 add sda (scsi) COLOUR=light blue SIZE=big one"))
        .isEqualTo(
            """
            levels: matches
              action: add is add
              path: sda is sd*
              property.SIZE: big one is *
              would set root/sda/level to 1
              would run ["/bin/false", "sda"]
            """);
    assertThat(verb("rules", "test", "remove", "sda"))
        .isEqualTo(
            """
            levels: does not match
              action: remove is not add
              path: sda is sd*
              property.SIZE: (none) is not *
            """);
    assertThat(verb("rules", "test", "explode sda")).contains("explode: is no action");
    assertThat(verb("rules", "test")).contains("driverfs rules test EVENT");
    assertThat(rule(0).matched()).isZero();
    assertThat(stored).isEmpty();
  }

  private String verb(String... words) {
    var out = new ByteArrayOutputStream();
    var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    Verbs.run(new Session(daemon, stream, stream, false), List.of(words));
    return out.toString(StandardCharsets.UTF_8);
  }
}
