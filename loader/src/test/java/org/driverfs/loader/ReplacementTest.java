package org.driverfs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.loader.Host.assertErrno;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.driverfs.errno.Errno;
import org.driverfs.model.Gate;
import org.driverfs.model.Operation;
import org.driverfs.model.spi.DriverModule;
import org.driverfs.tree.OpenFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A module with a bus and devices of its own goes, and its next version comes.
@Timeout(60)
@SuppressWarnings("NullAway.Init") // set by JUnit
class ReplacementTest {
  @RegisterExtension final Host host = new Host();
  private final Modules modules = host.modules;
  @TempDir private Path directory;

  /// A hub with two ports that count how often they were read; the count goes along.
  private Path hub(String version, String init, String probe) {
    return ModuleSource.of("hub", version)
        .manifest("[[parameter]]")
        .manifest("name = \"speed\"")
        .manifest("default = \"1\"")
        .manifest("writable = true")
        .main(
            """
              public void init(ModuleContext context) throws Exception {
                %2$s
                var counts = new ConcurrentHashMap<Device, Integer>();
                var bus = new Bus("hub", Bus.OF_TYPE, AttributeSet.none(), context.module());
                context.register(bus);
                context.register(
                    Driver.builder("port", bus,
                            new Driver.Callbacks() {
                              public void probe(Device device, Context c) throws Exception {
                                %3$s
                                counts.put(device, Integer.parseInt(c.saved().getOrDefault("count", "0")));
                              }
                              public Map<String, String> save(Device device) {
                                return Map.of("count", counts.get(device).toString());
                              }
                            })
                        .owner(context.module())
                        .ids("port")
                        .deviceAttributes(AttributeSet.of(List.of(
                            Attribute.<Device>readOnly("version", d -> "%1$s"),
                            Attribute.<Device>readOnly("count", d -> counts.merge(d, 1, Integer::sum).toString()))))
                        .build());
                var type = new DeviceType("port", AttributeSet.none()).owner(context.module());
                for (int i = 0; i < 2; i++) {
                  context.register(Device.builder("port" + i).bus(bus).type(type).build());
                }
              }
            """
                .formatted(version, init, probe))
        .pack(directory);
  }

  private void load(Path jar) throws InterruptedException {
    modules.insmod(jar, Map.of("speed", "3"));
    host.settle();
  }

  @Test
  void replace_nextVersion_hasTheDevicesTheirStateAndTheParameters() throws Exception {
    load(hub("1.0", "", ""));
    host.read("root/port0/count");
    assertThat(host.read("root/port0/count")).isEqualTo("2\n");
    OpenFile held = host.open("root/port0/version");
    Receipt receipt = host.settled(modules.replace(hub("2.0", "", ""), Host.LONG));
    assertThat(receipt.isClean()).as(receipt.text()).isTrue();
    assertThat(receipt.subject().version()).isEqualTo("1.0");
    assertErrno(Errno.ENODEV, () -> Host.read(held));
    host.tree.openFiles().close(held);
    assertThat(host.read("root/port0/version")).isEqualTo("2.0\n");
    assertThat(host.read("root/port0/count")).isEqualTo("3\n");
    assertThat(host.read("root/port1/count")).isEqualTo("1\n");
    assertThat(host.read("module/hub/parameters/speed")).isEqualTo("3\n");
    host.rmmodCleanly("hub");
    load(hub("1.0", "", ""));
    assertThat(host.read("root/port0/count")).as("after an end of its own").isEqualTo("1\n");
    host.rmmodCleanly("hub");
  }

  @Test
  void replace_initFails_theOldVersionComesBackFromWhatItWasLoadedFrom() throws Exception {
    Path old = hub("1.0", "", "");
    load(old);
    Files.writeString(old, "something else by now");
    host.read("root/port0/count");
    Path broken = hub("2.0", "if (true) throw new IllegalStateException(\"broken\");", "");
    assertThat(assertErrno(Errno.EIO, () -> modules.replace(broken, Host.LONG)))
        .hasMessageContaining("broken");
    assertThat(host.read("root/port0/version")).isEqualTo("1.0\n");
    assertThat(host.read("root/port0/count")).isEqualTo("2\n");
    assertThat(host.read("module/hub/parameters/speed")).isEqualTo("3\n");
    host.rmmodCleanly("hub");
  }

  @Test
  void replace_aProbeFails_theOldVersionComesBackWithTheState() throws Exception {
    load(hub("1.0", "", ""));
    host.read("root/port0/count");
    host.read("root/port1/count");
    Path picky =
        hub("2.0", "", "if (device.name().equals(\"port1\")) throw new Exception(\"too new\");");
    assertThat(assertErrno(Errno.ENXIO, () -> modules.replace(picky, Host.LONG)))
        .hasMessageContaining("hub@2.0: does not take device port1: ")
        .hasMessageContaining("too new");
    for (String port : new String[] {"port0", "port1"}) {
      assertThat(host.read("root/" + port + "/version")).isEqualTo("1.0\n");
      assertThat(host.read("root/" + port + "/count")).isEqualTo("2\n");
    }
    assertThat(modules.receipts().all()).hasSize(2);
    host.rmmodCleanly("hub");
  }

  @Test
  void replace_neitherCanBeLoaded_saysBoth() throws Exception {
    System.getProperties().put("driverfs.test", "");
    try {
      String once =
          "if (System.getProperties().remove(\"driverfs.test\") == null) throw new Exception(\"once\");";
      load(hub("1.0", once, ""));
      Path broken = hub("2.0", "if (true) throw new IllegalStateException(\"broken\");", "");
      assertThat(assertErrno(Errno.EIO, () -> modules.replace(broken, Host.LONG)))
          .hasMessageContaining("hub@1.0: has not come back")
          .hasMessageContaining("once")
          .hasMessageContaining("broken");
      assertThat(modules.list()).isEmpty();
    } finally {
      System.getProperties().remove("driverfs.test");
    }
  }

  @Test
  void replace_somebodyStaysInside_isNamedAndTheNextComesWhenTheyLeave() throws Exception {
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    load(hub("1.0", "", ""));
    var hub = host.model.findModule("hub").orElseThrow();
    Gate.Callback<Boolean> stuck =
        () -> {
          inside.countDown();
          goOn.await();
          return true;
        };
    var call =
        CompletableFuture.supplyAsync(() ->
            host.model.gate().call(hub, hub, new Operation(Operation.Kind.TASK, "stuck"), stuck));
    inside.await();
    Path next = hub("2.0", "", "");
    assertThat(assertErrno(Errno.ETIMEDOUT, () -> modules.replace(next, Duration.ofMillis(50))))
        .hasMessageContaining("task stuck of module hub");
    assertThat(modules.find("hub"))
        .hasValueSatisfying(it -> assertThat(it.state()).isEqualTo("going"));
    goOn.countDown();
    call.join();
    await()
        .until(() ->
            modules
                .find("hub")
                .filter(it -> it.version().equals("2.0") && it.state().equals("live"))
                .isPresent());
    host.settle();
    host.rmmodCleanly("hub");
  }

  @Test
  void replace_notFromAJarOrUnknownOrTheSame_isRefused() throws Exception {
    Path hub = hub("1.0", "", "");
    assertErrno(Errno.ENOENT, () -> modules.replace(hub, Host.LONG));
    load(hub);
    assertErrno(Errno.EEXIST, () -> modules.replace(hub, Host.LONG));
    host.rmmodCleanly("hub");
    DriverModule builtIn = _ -> {};
    modules.load("hub", "0.9", builtIn);
    assertErrno(Errno.EOPNOTSUPP, () -> modules.replace(hub, Host.LONG));
    assertThat(modules.list()).hasSize(1);
    host.rmmod("hub");
  }

  @Test
  void replace_othersNeedIt_isEbusyAndChangesNothing() throws Exception {
    load(hub("1.0", "", ""));
    modules.insmod(
        ModuleSource.of("user", "1.0")
            .manifest("depends = [\"hub\"]")
            .main("public void init(ModuleContext context) {}")
            .pack(directory),
        Map.of());
    assertThat(assertErrno(Errno.EBUSY, () -> modules.replace(hub("2.0", "", ""), Host.LONG)))
        .hasMessageContaining("is needed by module user");
    assertThat(host.read("root/port0/version")).isEqualTo("1.0\n");
    host.rmmodCleanly("user");
    host.rmmodCleanly("hub");
  }
}
