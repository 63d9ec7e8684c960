package org.driverfs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.loader.Host.assertErrno;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.driverfs.errno.Errno;
import org.driverfs.loader.Receipt.Collected;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Modules that need others, are found by name or by a device, or stand beside each other.
@Timeout(60)
@SuppressWarnings("NullAway.Init") // before each test
class DependenciesTest {
  @TempDir private Path directory;
  private Host host;
  private Modules modules;

  @BeforeEach
  void start() {
    start(false, null);
  }

  private void start(boolean isAutomatic, @Nullable Duration idle) {
    host =
        new Host(
            new Modules.Options(
                List.of(directory.resolve("none"), directory),
                Signers.ANYBODY,
                Host.LONG,
                Host.LONG,
                isAutomatic,
                idle));
    modules = host.modules;
  }

  @AfterEach
  void end() throws Exception {
    host.end();
  }

  private Path pack(String name, String... depends) {
    return ModuleSource.of(name, "1")
        .manifest("depends = [" + String.join(", ", quoted(depends)) + "]")
        .main("public void init(ModuleContext context) {}")
        .pack(directory);
  }

  private static List<String> quoted(String... texts) {
    return java.util.Arrays.stream(texts).map(it -> '"' + it + '"').toList();
  }

  private List<String> loaded() {
    return modules.list().stream().map(ModuleInfo::label).toList();
  }

  @Test
  void modprobe_loadsWhatItNeedsAndRemovesItAgain() throws Exception {
    pack("top", "left", "right");
    pack("left", "bottom");
    pack("right", "bottom");
    pack("bottom");
    modules.modprobe("top", Map.of());
    assertThat(loaded()).containsExactly("bottom", "left", "right", "top");
    assertThat(host.list("module/bottom/holders")).containsExactlyInAnyOrder("left", "right");
    modules.modprobe("top", Map.of());
    assertThat(assertErrno(Errno.EBUSY, () -> host.rmmod("bottom")))
        .hasMessageContaining("is needed by module left, module right; unload that first");
    assertThat(assertErrno(Errno.EBUSY, () -> host.revoke("left")))
        .hasMessageContaining("is needed by module top");
    modules.rmmodWithNeeds("top", new Way.Try());
    assertThat(loaded()).isEmpty();
    for (Receipt receipt : modules.receipts().all()) {
      assertThat(host.settled(receipt).collection().state()).isEqualTo(Collected.YES);
    }
  }

  @Test
  void modprobe_circleOrUnknown_isTold() {
    pack("a", "b");
    pack("b", "c");
    pack("c", "b");
    pack("lonely", "nobody");
    assertThat(assertErrno(Errno.ELOOP, () -> modules.modprobe("a", Map.of())))
        .hasMessageContaining("needs itself: b needs c needs b");
    assertThat(assertErrno(Errno.ENOENT, () -> modules.modprobe("lonely", Map.of())))
        .hasMessageContaining("module nobody")
        .hasMessageContaining("and lonely needs it");
    assertErrno(Errno.ENOENT, () -> modules.modprobe("nowhere", Map.of()));
    assertThat(loaded()).isEmpty();
  }

  @Test
  void classes_ofAProvider_areSeenByThoseThatNeedIt() throws Exception {
    Path provider =
        ModuleSource.of("provider", "1")
            .main("public void init(ModuleContext context) {}")
            .source(
                "Shared",
                "public class Shared { public static String text() { return \"shared\"; } }")
            .pack(directory);
    ModuleSource.of("user", "1")
        .manifest("depends = [\"provider\"]")
        .main(
            """
            public void init(ModuleContext context) {
              context.own(provider.Shared.text(), () -> {});
            }
            """)
        .pack(directory, provider);
    modules.modprobe("user", Map.of());
    assertThat(host.rmmodCleanly("user").findings().released()).containsExactly("shared");
    host.rmmodCleanly("provider");
  }

  @Test
  void modprobe_severalVersions_takesTheNewest() throws Exception {
    for (String version : List.of("1.9", "1.10", "1.2")) {
      Led.source(version).pack(directory);
    }
    modules.modprobe("led", Map.of());
    assertThat(modules.list().getFirst().version()).isEqualTo("1.10");
    assertThat(modules.look("led").text()).contains("LEDs", "Apache-2.0");
  }

  @Test
  void insmodBeside_anotherVersion_isACanaryForThoseDevicesThatAskForIt() throws Exception {
    host.devices(2, "led");
    modules.insmod(Led.source("1.0").pack(directory), Map.of());
    modules.insmodBeside(beside("2.0"), Map.of("first", "20"));
    host.settle();
    assertThat(loaded()).containsExactly("led", "led@2.0");
    assertThat(host.read("root/led0/brightness")).isEqualTo("7\n");
    host.write("root/led1/driver_override", "led@2.0\n");
    host.model.unbind(host.bus.findDevice("led1").orElseThrow(), Host.LONG);
    host.write("bus/gpio/drivers_probe", "led1\n");
    host.settle();
    assertThat(host.read("root/led1/brightness")).isEqualTo("20\n");
    assertThat(host.read("root/led0/brightness")).isEqualTo("7\n");
    host.rmmodCleanly("led@2.0");
    host.rmmodCleanly("led");
  }

  private Path beside(String version) {
    return Led.source(version).pack(directory);
  }

  @Test
  void device_withoutADriver_asksForItsModule() throws Exception {
    end();
    start(true, Duration.ofMillis(100));
    Led.source("1.0").pack(directory);
    pack("other");
    host.devices(1, "led");
    await().until(() -> loaded().equals(List.of("led")));
    await().until(() -> host.list("root/led0").contains("brightness"));
    host.model.unregister(host.bus.findDevice("led0").orElseThrow());
    await().until(() -> loaded().isEmpty());
    assertThat(modules.receipts().all()).hasSize(1);
  }

  @Test
  void jars_thatAreBroken_areNoModulesAndKeepNobodyFromBeingFound() throws Exception {
    Files.writeString(directory.resolve("broken.jar"), "no jar");
    pack("whole");
    modules.modprobe("whole", Map.of());
    assertThat(loaded()).containsExactly("whole");
  }
}
