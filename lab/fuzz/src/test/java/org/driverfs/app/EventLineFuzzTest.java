package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Event;
import org.junit.jupiter.api.Timeout;

/// A line is an event or is refused, and what `monitor` prints of an event is read as that event.
class EventLineFuzzTest {
  @Timeout(5)
  @FuzzTest
  void parse_anyLine_isAnEventOrRefused(byte[] input) {
    Event event;
    try {
      event = EventLine.parse(new String(input, StandardCharsets.UTF_8));
    } catch (DriverfsException refused) {
      assertThat(refused.errno()).isEqualTo(Errno.EINVAL);
      return;
    }
    assertThat(event.sequence()).isNotNegative();
    assertThat(event.path()).isNotEmpty();
    if (event.properties().values().stream().allMatch(value -> value.equals(value.strip()))) {
      assertThat(EventLine.parse(EventLine.of(event))).isEqualTo(event);
    }
  }
}
