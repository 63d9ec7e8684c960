package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.export.Export;
import org.driverfs.fuse.FuseMount;
import org.driverfs.fuse.MountOptions;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Model;
import org.driverfs.tree.Tree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the attributes of a model are like through a mount.
@Timeout(60)
@SuppressWarnings("NullAway.Init") // before each test
final class AttributesIT {
  private static final int SIZE = 10_000;

  private final byte[] memory = new byte[SIZE];
  private volatile boolean isVisible = true;
  private final AtomicInteger level = new AtomicInteger(1);
  private final Model model = new Model();
  private final Tree tree = new Tree();
  private final Device device =
      Device.builder("chip")
          .type(
              new DeviceType(
                  "chip",
                  AttributeSet.of(
                          List.of(
                              Attribute.integer("level", 0, 9)
                                  .<Device>readWrite(
                                      _ -> level.get(), (_, value) -> level.set(value)),
                              Attribute.<Device>bytes(
                                  "memory",
                                  SIZE,
                                  (_, at, into) -> into.put(memory, (int) at, into.remaining()),
                                  (_, at, from) -> from.get(memory, (int) at, from.remaining())),
                              new Attribute.Group<Device>(
                                  "leds",
                                  AttributeSet.of(
                                      List.of(Attribute.<Device>readOnly("red", _ -> "on"))))))
                      .visibleIf((_, it) -> isVisible || it.name().equals("level"))))
          .build();

  @TempDir private Path directory;
  private FuseMount mount;

  @BeforeEach
  void mount() {
    MountTests.assumePossible();
    Export.of(model, tree);
    model.register(device);
    mount = FuseMount.mount(tree, directory, MountOptions.DEFAULT);
  }

  @AfterEach
  void unmount() {
    if (mount != null) {
      mount.close();
    }
  }

  @Test
  void store_thatIsNoValue_isRefusedWithItsErrno() throws Exception {
    assertThat(run("/bin/echo 10 > level")).contains("Numerical result out of range");
    assertThat(run("/bin/echo high > level")).contains("Invalid argument");
    assertThat(run("echo 7 > level; cat level")).isEqualTo("7\n");
  }

  @Test
  void bytes_anyOffset_areReadAndWrittenWithTheRulesOfSysfs() throws Exception {
    assertThat(run("stat -c %s memory; wc -c < memory")).isEqualTo("10000\n10000\n");
    run("printf abc | dd of=memory bs=1 seek=9000 conv=notrunc");
    assertThat(run("dd if=memory bs=1 skip=8999 count=5 status=none")).isEqualTo("\0abc\0");
    assertThat(run("dd if=memory bs=1 skip=10000 count=5 status=none")).isEmpty();
    assertThat(run("printf xyz | dd of=memory bs=3 seek=3333 conv=notrunc"))
        .contains("File too large");
    assertThat(run("tail -c 2 memory")).isEqualTo("\0x");
  }

  /// The kernel keeps names for seconds: what it is told of counts before that.
  @Test
  void visibilityChanged_namesThatTheKernelKeeps_comeAndGo() throws Exception {
    assertThat(run("ls; wc -c < memory")).contains("level", "memory", "10000");
    isVisible = false;
    model.visibilityChanged(device, "memory");
    mount.settle();
    assertThat(run("ls; wc -c < memory")).contains("level").contains("o such file");
    isVisible = true;
    model.visibilityChanged(device, "memory");
    mount.settle();
    assertThat(run("wc -c < memory")).isEqualTo("10000\n");
  }

  @Test
  void visibilityChanged_ofAWholeGroup_isHeardByWatchers() throws Exception {
    Path chip = directory.resolve("root/chip");
    Process watcher =
        new ProcessBuilder("inotifywait", "-m", "-e", "create,delete", "--format", "%e %f", ".")
            .directory(chip.toFile())
            .start();
    try (var events = watcher.inputReader();
        var errors = watcher.errorReader()) {
      while (!errors.readLine().contains("established")) {}
      assertThat(run("cat leds/red")).isEqualTo("on\n");
      isVisible = false;
      model.visibilityChanged(device, "leds");
      assertThat(events.readLine()).isEqualTo("DELETE,ISDIR leds");
      mount.settle();
      assertThat(run("cat leds/red")).contains("o such file");
      isVisible = true;
      model.visibilityChanged(device, "leds");
      assertThat(events.readLine()).isEqualTo("CREATE,ISDIR leds");
      assertThat(run("cat leds/red")).isEqualTo("on\n");
    } finally {
      watcher.destroyForcibly().waitFor();
    }
  }

  /// What a shell command in the device's directory says.
  private String run(String command) throws Exception {
    Process process =
        new ProcessBuilder("/bin/sh", "-c", "export LC_ALL=C; " + command)
            .directory(directory.resolve("root/chip").toFile())
            .redirectErrorStream(true)
            .start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).as(command + " ends").isTrue();
      return output;
    } finally {
      process.destroyForcibly();
    }
  }
}
