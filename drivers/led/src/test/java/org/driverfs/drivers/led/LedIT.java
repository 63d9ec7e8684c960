package org.driverfs.drivers.led;

import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.drivers.testing.DriverHost.refusal;

import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.driverfs.drivers.testing.DriverHost;
import org.driverfs.errno.Errno;
import org.driverfs.model.Device;
import org.driverfs.model.Event;
import org.driverfs.model.Events;
import org.driverfs.tree.OpenFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(120)
class LedIT {
  private static final String BRIGHTNESS = "root/led/led0/brightness";
  private static final String TRIGGER = "root/led/led0/trigger";

  @RegisterExtension private final DriverHost host = new DriverHost();

  @Test
  void insmodAndRmmod_twice_leaveEverythingAsItWas() throws Exception {
    for (int i = 0; i < 2; i++) {
      host.insmod(Map.of());
      assertThat(host.list("bus/led/devices")).containsExactlyInAnyOrder("led0", "led1");
      assertThat(host.list("bus/led/drivers/led")).contains("led0", "led1");
      host.rmmodCleanly("led");
      assertThat(host.list("bus")).isEmpty();
      assertThat(host.list("root")).isEmpty();
    }
  }

  @Test
  void count_givenOrWrong_isTakenOrRefused() throws Exception {
    host.insmod(Map.of("count", "0"));
    assertThat(host.list("bus/led/devices")).isEmpty();
    host.rmmodCleanly("led");
    host.insmod(Map.of("count", "17"));
    assertThat(host.list("bus/led/devices")).hasSize(17);
    refusal(Errno.EACCES, () -> host.write("module/led/parameters/count", "3"));
    host.rmmodCleanly("led");
    assertThat(refusal(Errno.ERANGE, () -> host.insmod(Map.of("count", "257"))))
        .contains("parameter count of module led", "from 0 to 256");
    assertThat(host.modules().list()).isEmpty();
  }

  @Test
  void brightness_written_isKeptForThatLedAlone() throws Exception {
    host.insmod(Map.of());
    assertThat(host.read(BRIGHTNESS)).isEqualTo("0");
    host.write(BRIGHTNESS, "255");
    assertThat(host.read(BRIGHTNESS)).isEqualTo("255");
    assertThat(host.read("root/led/led1/brightness")).isEqualTo("0");
    assertThat(refusal(Errno.ERANGE, () -> host.write(BRIGHTNESS, "256")))
        .contains(BRIGHTNESS, "from 0 to 255");
    refusal(Errno.EINVAL, () -> host.write(BRIGHTNESS, "bright"));
    refusal(Errno.EINVAL, () -> host.write(TRIGGER, "heartbeat"));
    refusal(Errno.ERANGE, () -> host.write("root/led/led0/blink_ms", "0"));
    assertThat(host.read(BRIGHTNESS)).isEqualTo("255");
    host.rmmodCleanly("led");
  }

  @Test
  void maxBrightness_writtenWhileLoaded_countsForWhatIsWrittenThen() throws Exception {
    host.insmod(Map.of("max_brightness", "100"));
    assertThat(refusal(Errno.ERANGE, () -> host.write(BRIGHTNESS, "101")))
        .contains(BRIGHTNESS, "max_brightness of the module allows no more than 100");
    host.write("module/led/parameters/max_brightness", "200");
    host.write(BRIGHTNESS, "101");
    refusal(Errno.ERANGE, () -> host.write("module/led/parameters/max_brightness", "256"));
    assertThat(host.read("module/led/parameters/max_brightness")).isEqualTo("200");
    host.rmmodCleanly("led");
  }

  @Test
  void trigger_timer_switchesTheLedAndTellsSo() throws Exception {
    host.insmod(Map.of());
    host.write(BRIGHTNESS, "7");
    host.write("root/led/led0/blink_ms", "1");
    try (Events.Subscription events = host.model().events().subscribe()) {
      host.write(TRIGGER, "timer");
      assertThat(host.read(TRIGGER)).isEqualTo("timer");
      Set<String> seen = new HashSet<>();
      while (seen.size() < 2) {
        Event event = Objects.requireNonNull(events.poll(DriverHost.LONG), "no event came");
        assertThat(event.properties()).containsEntry("ATTRIBUTE", "brightness");
        seen.add(host.read(BRIGHTNESS));
      }
      assertThat(seen).containsExactlyInAnyOrder("0", "7");
    }
    host.write(TRIGGER, "none");
    assertThat(host.read(BRIGHTNESS)).isEqualTo("7");
    host.write(TRIGGER, "timer");
    host.write(BRIGHTNESS, "0");
    assertThat(host.read(TRIGGER)).isEqualTo("none");
    host.rmmodCleanly("led");
  }

  @Test
  void rmmod_ledsBlink_leavesNothing() throws Exception {
    host.insmod(Map.of("count", "10"));
    for (int i = 0; i < 10; i++) {
      host.write("root/led/led" + i + "/blink_ms", i < 5 ? "1" : "60000");
      host.write("root/led/led" + i + "/trigger", "timer");
    }
    host.rmmodCleanly("led");
  }

  @Test
  void unbind_whileItBlinks_endsThat() throws Exception {
    host.insmod(Map.of("count", "1"));
    host.write("root/led/led0/blink_ms", "1");
    host.write(TRIGGER, "timer");
    Device led = host.model().findBus("led").orElseThrow().findDevice("led0").orElseThrow();
    host.model().unbind(led, DriverHost.LONG);
    assertThat(host.list("root/led/led0")).doesNotContain("brightness");
    assertThat(host.model().gate().inside()).isEmpty();
    host.write("bus/led/drivers/led/bind", "led0");
    assertThat(host.read(TRIGGER)).isEqualTo("none");
    host.rmmodCleanly("led");
  }

  @Test
  void rmmod_fileIsOpen_isRefusedUntilItIsClosed() throws Exception {
    host.insmod(Map.of());
    OpenFile file = host.open(BRIGHTNESS);
    assertThat(refusal(Errno.EBUSY, () -> host.rmmod("led"))).contains("open file " + BRIGHTNESS);
    host.close(file);
    host.rmmodCleanly("led");
  }
}
