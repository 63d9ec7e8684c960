package org.driverfs.buses.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UeventParserTest {
  private static final String ADD =
      "add@/devices/virtual/net/v0|ACTION=add|DEVPATH=/devices/virtual/net/v0|SUBSYSTEM=net|"
          + "INTERFACE=v0|IFINDEX=12|SEQNUM=4711|";

  @Test
  void parse_eventOfTheKernel_hasAllItSays() {
    Uevent uevent = event(ADD);
    assertThat(uevent.action()).isEqualTo(Uevent.Action.ADD);
    assertThat(uevent.path()).isEqualTo("/devices/virtual/net/v0");
    assertThat(uevent.device()).contains("virtual/net/v0");
    assertThat(uevent.movedFrom()).isEmpty();
    assertThat(uevent.sequence()).isEqualTo(4711);
    assertThat(uevent.properties())
        .containsEntry("IFINDEX", "12")
        .containsEntry("SUBSYSTEM", "net")
        .hasSize(6);
  }

  @Test
  void parse_move_knowsWhereFrom() {
    Uevent uevent =
        event("move@/devices/a/n|DEVPATH=/devices/a/n|DEVPATH_OLD=/devices/a/o|SEQNUM=1|");
    assertThat(uevent.movedFrom()).contains("a/o");
  }

  @Test
  void parse_valueWithEqualsSign_isKeptWhole() {
    Uevent uevent = event("change@/module/x|DEVPATH=/module/x|SEQNUM=1|A=b=c|B=|");
    assertThat(uevent.properties()).containsEntry("A", "b=c").containsEntry("B", "");
    assertThat(uevent.device()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      delimiter = ';',
      value = {
        "\"\";a uevent of 0 bytes does not end in NUL",
        "add@/devices/x|DEVPATH=/devi;a uevent of 28 bytes does not end in NUL",
        "|;a uevent with no ACTION@DEVPATH: ''",
        "libudev|x|;a uevent with no ACTION@DEVPATH: 'libudev'",
        "explode@/devices/x|;a uevent with an unknown action: 'explode@/devices/x'",
        "@/devices/x|;a uevent with an unknown action: '@/devices/x'",
        "ADD@/devices/x|;a uevent with an unknown action: 'ADD@/devices/x'",
        "add@|;a uevent with no path below /sys: 'add@'",
        "add@devices/x|;a uevent with no path below /sys: 'add@devices/x'",
        "add@/devices/../x|;a uevent with no path below /sys: 'add@/devices/../x'",
        "add@/devices//x|;a uevent with no path below /sys: 'add@/devices//x'",
        "add@/x|nonsense|;a uevent with no KEY=VALUE: 'nonsense'",
        "add@/x|=value|;a uevent with no KEY=VALUE: '=value'",
        "add@/x|DEVPATH=/x||;a uevent with no KEY=VALUE: ''",
        "add@/x|DEVPATH=/y|SEQNUM=1|;a uevent with a DEVPATH that is not its header's: '/x'",
        "add@/x|SEQNUM=1|;a uevent with a DEVPATH that is not its header's: '/x'",
        "add@/x|DEVPATH=/x|;a uevent with no SEQNUM: '/x'",
        "add@/x|DEVPATH=/x|SEQNUM=many|;a uevent with no SEQNUM: '/x'",
        "add@/x|DEVPATH=/x|SEQNUM=-1|;a uevent with no SEQNUM: '/x'",
        "move@/x|DEVPATH=/x|SEQNUM=1|DEVPATH_OLD=..|;"
            + "a uevent with no path below /sys in DEVPATH_OLD: '..'",
      })
  void parse_malformed_isRejectedWithTheReason(String text, String reason) {
    assertThat(UeventParser.parse(bytes(text))).isEqualTo(new Received.Rejected(reason));
  }

  @Test
  void parse_anyPrefix_isAnEventOrRejected() {
    byte[] whole = bytes(ADD);
    for (int size = 0; size < whole.length; size++) {
      byte[] prefix = new byte[size];
      System.arraycopy(whole, 0, prefix, 0, size);
      assertThat(UeventParser.parse(prefix)).isInstanceOf(Received.Rejected.class);
    }
  }

  @Test
  void parse_changedBytes_neverThrows() {
    long seed = Long.getLong("driverfs.seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] message = bytes(ADD);
      for (int change = random.nextInt(1, 5); change > 0; change--) {
        message[random.nextInt(message.length)] = (byte) random.nextInt();
      }
      assertThat(UeventParser.parse(message))
          .as("-Ddriverfs.seed=%d", seed)
          .isInstanceOfAny(Received.Event.class, Received.Rejected.class);
    }
  }

  private static Uevent event(String text) {
    assertThat(UeventParser.parse(bytes(text))).isInstanceOf(Received.Event.class);
    return ((Received.Event) UeventParser.parse(bytes(text))).uevent();
  }

  private static byte[] bytes(String text) {
    return text.replace('|', '\0').getBytes(UTF_8);
  }
}
