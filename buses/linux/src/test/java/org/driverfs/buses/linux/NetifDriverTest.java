package org.driverfs.buses.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.driverfs.model.Attribute;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.Model;
import org.driverfs.model.Power;
import org.driverfs.model.TextAttribute;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NetifDriverTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Model model = new Model();
  private final Recorder recorder = new Recorder();
  private final NetworkNamespace network = new NetworkNamespace();
  private final AtomicLong clock = new AtomicLong();
  private final LinuxDevices devices;
  private final Driver driver;

  NetifDriverTest() throws InterruptedException {
    model.addObserver(recorder);
    devices = network.call(() -> LinuxDevices.start(model));
    driver = NetifDriver.on(devices, clock::get);
    model.register(driver);
    network.ip("link add v0 type veth peer name v1");
    assertThat(devices.settle(LONG)).isTrue();
  }

  @AfterEach
  void close() throws Exception {
    model.unregister(driver);
    devices.close();
    network.close();
    assertThat(recorder.objects()).isEmpty();
  }

  @Test
  void register_everyInterface_isBound() {
    assertThat(device("lo").driver()).contains(driver);
    assertThat(device("v0").driver()).contains(driver);
  }

  @Test
  void up_oneAndZero_takeTheInterfaceUpAndDown() {
    assertThat(show("v0", "up")).isEqualTo("0");
    store("v0", "up", "1");
    assertThat(show("v0", "up")).isEqualTo("1");
    network.ip("link set v1 down");
    assertThat(show("v1", "up")).isEqualTo("0");
    store("v0", "up", "0");
    assertThat(show("v0", "up")).isEqualTo("0");
  }

  @Test
  void up_anythingElse_isInvalidAndChangesNothing() {
    assertThatThrownBy(() -> store("v0", "up", "maybe"))
        .hasRootCauseMessage("takes 0 or 1, not 'maybe' (EINVAL)");
    assertThatThrownBy(() -> store("v0", "up", "")).rootCause().hasMessageContaining("EINVAL");
    assertThat(show("v0", "up")).isEqualTo("0");
  }

  @Test
  void up_interfaceThatHasGone_isTheKernelsErrno() {
    Device gone = device("v0");
    network.ip("link del v0");
    var show = Objects.requireNonNull(attribute("up").show());
    assertThatThrownBy(() -> network.call(() -> show.show(gone)))
        .hasRootCauseMessage("v0: has no flags (ENODEV)");
  }

  @Test
  void addresses_ofBothFamilies_areListedOneALine() {
    assertThat(show("v0", "addresses")).isEmpty();
    network.ip("address add 10.1.2.3/24 dev v0");
    network.ip("address add 10.1.2.4/32 dev v0");
    network.ip("address add fd00::1:0:0:7/64 dev v0 nodad");
    network.ip("address add 10.9.9.9/24 dev v1");
    network.ip("address add 10.8.0.1 peer 10.8.0.2/32 dev v0");
    assertThat(show("v0", "addresses").lines())
        .containsExactlyInAnyOrder("10.1.2.3/24", "10.1.2.4/32", "10.8.0.1/32", "fd00::1:0:0:7/64");
  }

  @Test
  void rates_betweenTwoLooks_areBytesASecond() {
    network.ip("link set lo up");
    advance(Duration.ofSeconds(1));
    assertThat(show("lo", "rx_bytes_per_s")).isEqualTo("0");
    assertThat(show("lo", "tx_bytes_per_s")).isEqualTo("0");
    network.call(() -> {
      try (var socket = new DatagramSocket()) {
        byte[] thousand = new byte[1000];
        socket.send(new DatagramPacket(thousand, 1000, InetAddress.getLoopbackAddress(), 9));
      }
      return true;
    });
    advance(Duration.ofSeconds(2));
    long rate = Long.parseLong(show("lo", "tx_bytes_per_s"));
    assertThat(rate).as("1000 bytes, headers and a port-unreachable").isBetween(500L, 1500L);
    assertThat(show("lo", "rx_bytes_per_s")).isEqualTo(String.valueOf(rate));
    assertThat(show("lo", "tx_bytes_per_s")).as("again at once").isEqualTo(String.valueOf(rate));
  }

  /// No interface goes down because nobody uses it, or because the system sleeps.
  @Test
  void power_autoOrSystemSleep_leavesTheInterfaceUp() throws Exception {
    network.ip("link set v0 up");
    Power power = model.power();
    Device v0 = device("v0");
    assertThat(power.runtimeStatus(v0)).isEqualTo("unsupported");
    power.autosuspendDelay(v0, 0);
    power.auto(v0, true);
    assertThatThrownBy(() -> power.sleep(v0)).hasMessageContaining("EOPNOTSUPP");
    assertThat(power.state(v0)).isEqualTo("on");
    assertThat(show("v0", "up")).isEqualTo("1");
    power.suspend(LONG);
    assertThat(show("v0", "up")).isEqualTo("1");
    assertThat(show("v1", "up")).isEqualTo("0");
    power.resume();
    assertThat(show("v0", "up")).isEqualTo("1");
    assertThat(show("v1", "up")).isEqualTo("0");
  }

  private void advance(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  private Device device(String name) {
    return devices.bus("net").findDevice(name).orElseThrow();
  }

  private String show(String device, String name) {
    TextAttribute.Show<? super Device> show = Objects.requireNonNull(attribute(name).show());
    return network.call(() -> show.show(device(device)));
  }

  private void store(String device, String name, String value) {
    TextAttribute.Store<? super Device> store = Objects.requireNonNull(attribute(name).store());
    network.call(() -> {
      store.store(device(device), value);
      return true;
    });
  }

  @SuppressWarnings("unchecked")
  private TextAttribute<Device> attribute(String name) {
    Device lo = device("lo");
    var group =
        (Attribute.Group<?>) Objects.requireNonNull(driver.deviceAttributes().find(lo, "netif"));
    var attributes = AttributeClient.groupOf(group);
    return (TextAttribute<Device>) Objects.requireNonNull(attributes.find(lo, name));
  }
}
