package org.driverfs.buses.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Locale;
import java.util.Optional;

/// Whatever a netlink socket delivers is an event or a reason why it is none, and what is an event
/// has all that the mirror relies on and stays below /sys.
class UeventFuzzTest {
  @FuzzTest
  void parse_anyMessage_isAnEventOrAReason(byte[] message) {
    switch (UeventParser.parse(message)) {
      case Received.Event(Uevent event) -> {
        check(event);
        assertThat(UeventParser.parse(written(event))).isEqualTo(new Received.Event(event));
      }
      case Received.Rejected(String reason) -> assertThat(reason).startsWith("a uevent ");
      case Received.Lost _, Received.Nothing _ -> throw new AssertionError("not of a message");
    }
  }

  private static void check(Uevent event) {
    assertThat(event.sequence()).isNotNegative();
    assertThat(event.path()).startsWith("/");
    assertThat(event.properties()).containsEntry("DEVPATH", event.path());
    assertBelow("/sys" + event.path());
    event.device().ifPresent(UeventFuzzTest::assertBelow);
    event.movedFrom().ifPresent(UeventFuzzTest::assertBelow);
    assertThat(event.device().map("/devices/"::concat))
        .isEqualTo(Optional.of(event.path()).filter(path -> path.startsWith("/devices/")));
  }

  /// No way up, and nothing that ends a string in C.
  private static void assertBelow(String path) {
    assertThat(path).isNotEmpty().doesNotContain("\0").doesNotEndWith("/");
    assertThat(path.split("/", -1)).doesNotContain(".", "..");
  }

  private static byte[] written(Uevent event) {
    var text = new StringBuilder(event.action().name().toLowerCase(Locale.ROOT));
    text.append('@').append(event.path()).append('\0');
    event.properties().forEach((key, value) -> text.append(key + "=" + value + "\0"));
    return text.toString().getBytes(UTF_8);
  }
}
