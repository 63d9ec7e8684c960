package org.driverfs.buses.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "10.0.0.255",
        "::",
        "::1",
        "fe80::",
        "fe80::1",
        "1:2:3:4:5:6:7:8",
        "2001:db8:0:1:1:1:1:1",
        "2001:db8::1:0:0:1",
        "1:0:0:2::3",
      })
  void format_address_isTheShortestText(String text) {
    assertThat(IpAddress.format(InetAddress.ofLiteral(text).getAddress())).isEqualTo(text);
  }

  @Test
  void format_otherLength_isHexadecimal() {
    assertThat(IpAddress.format(new byte[] {1, (byte) 0xff})).isEqualTo("01ff");
  }
}
