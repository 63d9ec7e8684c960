package org.driverfs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.loader.Host.assertErrno;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.errno.Errno;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.Poll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A module comes, is used, and goes.
@Timeout(60)
@SuppressWarnings("NullAway.Init") // set by JUnit
class ModulesTest {
  @RegisterExtension final Host host = new Host();
  private final Modules modules = host.modules;
  @TempDir private Path directory;

  private void load() throws InterruptedException {
    modules.insmod(Led.source("1.0").pack(directory), Map.of());
    host.settle();
  }

  @Test
  void insmodAndRmmod_ofAModule_leaveEverythingAsItWas() throws Exception {
    host.devices(2, "led");
    List<String> before = host.list("root/led0");
    load();
    assertThat(host.read("root/led0/brightness")).isEqualTo("7\n");
    host.write("root/led0/brightness", "9\n");
    assertThat(host.read("root/led0/brightness")).isEqualTo("9\n");
    assertThat(host.read("root/led1/brightness")).isEqualTo("7\n");
    assertThat(host.read("module/led/version")).isEqualTo("1.0\n");
    assertThat(host.read("module/led/initstate")).isEqualTo("live\n");
    assertThat(host.read("module/led/refcnt")).isEqualTo("0\n");
    assertThat(host.list("module/led/drivers")).containsExactly("gpio:led");
    Receipt receipt = host.rmmodCleanly("led");
    assertThat(receipt.findings().released())
        .containsExactlyInAnyOrder(
            "binding of device led0", "binding of device led1", "driver led");
    assertThat(receipt.findings().forced()).isEmpty();
    assertThat(receipt.text()).startsWith("receipt 1: module led 1.0, generation 1\nway: try");
    assertThat(host.list("root/led0")).isEqualTo(before);
    assertThat(host.list("bus/gpio/drivers")).isEmpty();
    assertThat(modules.list()).isEmpty();
    assertThat(host.read("module/led/initstate")).isEqualTo("unloaded\n");
  }

  @Test
  void insmod_afterRmmod_reusesTheRecord() throws Exception {
    load();
    OpenFile state = host.open("module/led/initstate");
    host.rmmodCleanly("led");
    assertThat(Host.read(state)).isEqualTo("unloaded\n");
    load();
    assertThat(Host.read(state)).isEqualTo("live\n");
    assertThat(host.read("module/led/generation")).isEqualTo("2\n");
    assertThat(host.rmmod("led").subject().generation()).isEqualTo(2);
    host.tree.openFiles().close(state);
  }

  @Test
  void initstate_whoPolls_isWokenByEachState() throws Exception {
    load();
    OpenFile state = host.open("module/led/initstate");
    var wakes = new AtomicInteger();
    assertThat(Host.read(state)).isEqualTo("live\n");
    assertThat(state.poll(wakes::incrementAndGet) & Poll.PRI).isZero();
    host.rmmodCleanly("led");
    assertThat(wakes).as("going, unloaded").hasValue(2);
    assertThat(state.poll(wakes::incrementAndGet) & Poll.PRI).isNotZero();
    assertThat(Host.read(state)).isEqualTo("unloaded\n");
    assertThat(state.poll(wakes::incrementAndGet) & Poll.PRI).isZero();
    load();
    assertThat(wakes).as("loading, live").hasValue(4);
    assertThat(Host.read(state)).isEqualTo("live\n");
    host.rmmod("led");
    host.tree.openFiles().close(state);
  }

  @Test
  void rmmod_fileIsOpen_isEbusyNamingItAndDisturbsNobody() throws Exception {
    host.devices(1, "led");
    load();
    OpenFile file = host.open("root/led0/brightness");
    assertThat(host.read("module/led/refcnt")).isEqualTo("2\n".replace('2', '1'));
    assertThat(assertErrno(Errno.EBUSY, () -> host.rmmod("led")))
        .hasMessageContaining("in use: open file root/led0/brightness, pid ")
        .hasMessageContaining("java");
    assertThat(Host.read(file)).isEqualTo("7\n");
    assertThat(host.read("module/led/users")).startsWith("open file root/led0/brightness, pid");
    assertThat(host.read("module/led/initstate")).isEqualTo("live\n");
    host.tree.openFiles().close(file);
    host.rmmodCleanly("led");
  }

  @Test
  void rmmod_waitExpires_isLiveAgainAndNamesTheUsers() throws Exception {
    host.devices(1, "led");
    load();
    OpenFile file = host.open("root/led0/brightness");
    assertThat(
            assertErrno(
                Errno.EBUSY, () -> modules.rmmod("led", new Way.Wait(Duration.ofMillis(20)))))
        .hasMessageContaining("can be used again")
        .hasMessageContaining("open file root/led0/brightness");
    assertThat(host.read("root/led0/brightness")).isEqualTo("7\n");
    host.tree.openFiles().close(file);
    Receipt receipt = modules.rmmod("led", new Way.Wait(Host.LONG));
    assertThat(receipt.course().way()).isEqualTo("wait");
  }

  @Test
  void rmmod_revoke_openFilesAreEnodevAndTheClassesGoWhileTheyAreOpen() throws Exception {
    host.devices(1, "led");
    load();
    OpenFile file = host.open("root/led0/brightness");
    OpenFile own = host.open("bus/gpio/drivers/led/build");
    OpenFile parameter = host.open("module/led/parameters/first");
    assertThat(Host.read(own)).isEqualTo("1.0\n");
    Receipt receipt = host.settled(host.revoke("led"));
    assertThat(receipt.isClean()).as(receipt.text()).isTrue();
    assertThat(receipt.course().users()).hasSize(3);
    for (OpenFile each : List.of(file, own, parameter)) {
      assertErrno(Errno.ENODEV, each::readAll);
      host.tree.openFiles().close(each);
    }
  }

  @Test
  void parameters_givenWrittenOrWrong_areTakenOrRefused() throws Exception {
    Path jar = Led.source("1.0").pack(directory);
    assertErrno(Errno.ERANGE, () -> modules.insmod(jar, Map.of("first", "300")));
    assertErrno(Errno.EINVAL, () -> modules.insmod(jar, Map.of("first", "many")));
    assertThat(assertErrno(Errno.EINVAL, () -> modules.insmod(jar, Map.of("second", "1"))))
        .hasMessageContaining("has no parameter second; it has [first]");
    assertThat(modules.list()).isEmpty();
    modules.insmod(jar, Map.of("first", "3"));
    host.devices(1, "led");
    host.settle();
    assertThat(host.read("root/led0/brightness")).isEqualTo("3\n");
    host.write("module/led/parameters/first", "4\n");
    assertThat(host.read("module/led/parameters/first")).isEqualTo("4\n");
    assertErrno(Errno.ERANGE, () -> host.write("module/led/parameters/first", "256\n"));
    assertThat(host.read("module/led/parameters/first")).isEqualTo("4\n");
    host.rmmodCleanly("led");
  }

  @Test
  void insmod_twice_isEexistAndTheFileMayBeReplaced() throws Exception {
    host.devices(1, "led");
    load();
    Path jar = directory.resolve("led-1.0.jar");
    assertThat(assertErrno(Errno.EEXIST, () -> modules.insmod(jar, Map.of())))
        .hasMessageContaining("is loaded, in version 1.0");
    assertErrno(Errno.EEXIST, () -> modules.insmodBeside(jar, Map.of()));
    Files.writeString(jar, "not a jar any more");
    assertThat(host.read("root/led0/brightness")).isEqualTo("7\n");
    host.rmmodCleanly("led");
  }

  @Test
  void rmmod_notLoaded_isEnoent() {
    assertThat(assertErrno(Errno.ENOENT, () -> host.rmmod("led")))
        .hasMessageContaining("is not loaded; none is");
  }
}
