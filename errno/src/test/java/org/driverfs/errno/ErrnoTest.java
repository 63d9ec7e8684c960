package org.driverfs.errno;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrnoTest {
  @ParameterizedTest
  @EnumSource
  void ofCode_everyConstant_isFoundByItsNumber(Errno errno) {
    assertThat(Errno.ofCode(errno.code())).isSameAs(errno);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 200, 255, 256, 4096})
  void ofCode_unknownNumber_isAnInputOutputError(int code) {
    assertThat(Errno.ofCode(code)).isSameAs(Errno.EIO);
  }

  @Test
  void message_namesPathSentenceAndErrno() {
    var e = new DriverfsException(Errno.EEXIST, "bus/net", "exists already; choose another name");
    assertThat(e).hasMessage("bus/net: exists already; choose another name (EEXIST)");
    assertThat(e.errno()).isSameAs(Errno.EEXIST);
  }

  @Test
  void at_aPlaceThatIsNotKnownYet_isGivenOnce() {
    var e = new DriverfsException(Errno.EINVAL, "", "takes 0 or 1");
    assertThat(e).hasMessage("takes 0 or 1 (EINVAL)");
    DriverfsException placed = e.at("lo/up");
    assertThat(placed).hasMessage("lo/up: takes 0 or 1 (EINVAL)");
    assertThat(placed.getStackTrace()).isEqualTo(e.getStackTrace());
    assertThat(placed.at("elsewhere")).isSameAs(placed);
  }
}
