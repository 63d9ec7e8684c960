package org.driverfs.drivers.onewire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.drivers.testing.DriverHost.LONG;
import static org.driverfs.drivers.testing.DriverHost.refusal;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.drivers.testing.DriverHost;
import org.driverfs.errno.Errno;
import org.driverfs.tree.OpenFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(120)
class OneWireIT {
  private static final String DEVICES = "bus/w1/devices";

  @RegisterExtension private final DriverHost host = new DriverHost();

  private void insmod(String address, int pollMillis) throws InterruptedException {
    host.insmod(Map.of("server", address, "poll_ms", String.valueOf(pollMillis)));
  }

  private List<String> chips() {
    return host.list(DEVICES);
  }

  /// Where the chip of a family is, when it is there and its driver has it.
  private String bound(String family, String driver) {
    return await()
        .atMost(LONG)
        .until(
            () ->
                host.list("bus/w1/drivers/" + driver).stream()
                    .filter(it -> it.startsWith(family + "."))
                    .map(it -> "root/w1/" + it)
                    .findAny()
                    .orElse(""),
            it -> !it.isEmpty());
  }

  @Test
  void insmod_serverHasChips_theyComeAndGetTheirDrivers() throws Exception {
    try (var server = new RealServer("--fake=DS18S20,DS2408,DS2438")) {
      insmod(server.address(), 10);
      assertThat(host.list(bound("10", "thermometer"))).contains("temperature");
      assertThat(host.list(bound("29", "switch")))
          .contains("PIO_0", "PIO_7")
          .doesNotContain("PIO_ALL");
      assertThat(chips()).hasSize(3);
      String other = chips().stream().filter(it -> it.startsWith("A6.")).findAny().orElseThrow();
      assertThat(host.list("root/w1/" + other)).doesNotContain("driver");
      host.rmmodCleanly("onewire");
      assertThat(host.list("bus")).isEmpty();
      assertThat(host.list("root")).isEmpty();
    }
  }

  @Test
  void temperature_read_isWhatTheServerMeasures() throws Exception {
    try (var server =
        new RealServer("--fake=DS18B20", "--temperature_low=-20", "--temperature_high=-10")) {
      insmod(server.address(), 10);
      var temperature = new BigDecimal(host.read(bound("28", "thermometer") + "/temperature"));
      assertThat(temperature).isBetween(BigDecimal.valueOf(-20), BigDecimal.valueOf(-10));
      host.rmmodCleanly("onewire");
    }
  }

  @Test
  void switch_written_isReadBack() throws Exception {
    try (var server = new RealServer("--mock=DS2405")) {
      insmod(server.address(), 10);
      String pio = bound("05", "switch") + "/PIO";
      for (String value : List.of("1", "0", "1", "1", "0")) {
        host.write(pio, value);
        assertThat(host.read(pio)).isEqualTo(value);
      }
      assertThat(refusal(Errno.EINVAL, () -> host.write(pio, "on"))).contains(pio, "0 or 1");
      assertThat(host.read(pio)).isEqualTo("0");
      host.rmmodCleanly("onewire");
    }
  }

  @Test
  void server_goesAndComesBack_soDoItsChips() throws Exception {
    try (var server = new RealServer("--fake=DS18S20,DS2408")) {
      insmod(server.address(), 10);
      for (int i = 0; i < 3; i++) {
        String chip = bound("10", "thermometer");
        assertThat(host.read(chip + "/temperature")).isNotEmpty();
        OpenFile file = host.open(chip + "/temperature");
        server.end();
        await().atMost(LONG).until(() -> chips().isEmpty());
        refusal(Errno.ENODEV, file::readAll);
        host.close(file);
        server.begin();
      }
      bound("29", "switch");
      host.rmmodCleanly("onewire");
    }
  }

  @Test
  void insmod_serverIsAway_chipsComeWhenItComes() throws Exception {
    try (var server = new RealServer("--fake=DS18S20")) {
      server.end();
      insmod(server.address(), 10);
      assertThat(chips()).isEmpty();
      server.begin();
      bound("10", "thermometer");
      host.rmmodCleanly("onewire");
    }
  }

  @Test
  void insmod_addressIsNone_isEinval() {
    for (String address : List.of("localhost", "localhost:", "a_b:4304", ":4304")) {
      assertThat(refusal(Errno.EINVAL, () -> insmod(address, 10))).contains("host:port");
    }
    assertThat(host.modules().list()).isEmpty();
  }

  @Test
  void read_serverIsAway_isEconnrefused() throws Exception {
    try (var server = new RealServer("--fake=DS18S20")) {
      insmod(server.address(), 60_000);
      String temperature = bound("10", "thermometer") + "/temperature";
      server.end();
      assertThat(refusal(Errno.ECONNREFUSED, () -> host.read(temperature)))
          .contains(temperature, server.address() + " does not answer: Connection refused");
      host.rmmodCleanly("onewire");
    }
  }

  @Test
  void rmmod_pollsAndReads_leavesNothing() throws Exception {
    try (var server = new RealServer("--fake=DS18S20,DS2408")) {
      for (int i = 0; i < 5; i++) {
        insmod(server.address(), 10);
        assertThat(host.read(bound("10", "thermometer") + "/temperature")).isNotEmpty();
        host.rmmodCleanly("onewire");
      }
    }
  }

  @Test
  void rmmod_serverDoesNotAnswerThePoll_doesNotWaitForIt() throws Exception {
    var asked = new AtomicInteger();
    try (var server =
        new ScriptedServer((_, to) -> {
          if (asked.incrementAndGet() > 1) {
            Thread.sleep(LONG);
          }
          ScriptedServer.message(to, 0, 0, "");
        })) {
      insmod(server.address(), 10);
      await().atMost(LONG).until(() -> server.questions() > 1);
      long began = System.nanoTime();
      host.rmmodCleanly("onewire");
      assertThat(System.nanoTime() - began).as("less than its timeout").isLessThan(4_000_000_000L);
    }
  }

  @Test
  void read_serverIsBusy_isWaitedFor() throws Exception {
    try (var server =
        new ScriptedServer((path, to) -> {
          for (int i = 0; i < 3; i++) {
            ScriptedServer.message(to, -1, 0, "");
          }
          String answer = path.equals("/uncached") ? "/uncached/28.0123456789AB\0" : "   -7.5";
          ScriptedServer.message(to, answer.length(), 0, answer);
        })) {
      insmod(server.address(), 10);
      assertThat(host.read(bound("28", "thermometer") + "/temperature")).isEqualTo("-7.5");
      host.rmmodCleanly("onewire");
    }
  }

  @Test
  void read_serverRefusesOrSaysNonsense_isEio() throws Exception {
    try (var server =
        new ScriptedServer((path, to) -> {
          switch (path) {
            case "/uncached" -> {
              String chips = "/10.0000000000AA,/28.0000000000BB,/structure,/42.0000000000CC\0";
              ScriptedServer.message(to, chips.length(), 0, chips);
            }
            case "/10.0000000000AA/temperature" -> ScriptedServer.message(to, 0, -1, "");
            case "/28.0000000000BB/temperature" -> ScriptedServer.message(to, 4, 4, "warm");
            default -> ScriptedServer.message(to, Integer.MAX_VALUE, 0, "1");
          }
        })) {
      insmod(server.address(), 10);
      bound("42", "thermometer");
      assertThat(chips()).hasSize(3);
      assertThat(refusal(Errno.EIO, () -> temperature("10.0000000000AA")))
          .contains("root/w1/10.0000000000AA/temperature: owserver refuses");
      refusal(Errno.EIO, () -> temperature("28.0000000000BB"));
      assertThat(refusal(Errno.EIO, () -> temperature("42.0000000000CC"))).contains("not answer");
      host.rmmodCleanly("onewire");
    }
  }

  private void temperature(String chip) {
    host.read("root/w1/" + chip + "/temperature");
  }
}
