package org.driverfs.buses.linux;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.junit.jupiter.api.Timeout;

/// Whatever rtnetlink answers is addresses, an error of the kernel, or EPROTO.
class RouteMessageFuzzTest {
  private static final int INTERFACE = 1;

  @Timeout(5)
  @FuzzTest
  void decode_anyMessages_areAddressesOrAnError(byte[] messages) {
    List<String> addresses = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment received = arena.allocate(messages.length + 1L, 8).asSlice(0, messages.length);
      received.copyFrom(MemorySegment.ofArray(messages));
      InterfaceAddresses.decode(received, INTERFACE, addresses);
    } catch (DriverfsException e) {
      assertThat(e.errno()).isNotNull();
    }
    assertThat(addresses).allMatch(address -> address.matches("[0-9a-f.:]+/\\d{1,3}"));
    assertThat(16L * addresses.size()).isLessThanOrEqualTo(messages.length);
  }
}
