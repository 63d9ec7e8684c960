package org.driverfs.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "...", "größer ☃", "a b\n", "\uD83D\uDE00"})
  void require_allowedName_isGivenBack(String name) {
    assertThat(Names.require(name)).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "/", "a\0b", "\uD83D"})
  void require_forbiddenName_isInvalid(String name) {
    assertThatExceptionOfType(DriverfsException.class)
        .isThrownBy(() -> Names.require(name))
        .satisfies(e -> assertThat(e.errno()).isSameAs(Errno.EINVAL));
  }

  @Test
  void require_tooLong_countsBytesNotCharacters() {
    assertThat(Names.require("a".repeat(255))).hasSize(255);
    assertThat(Names.require("ß".repeat(127))).hasSize(127);
    assertThat(Names.require("☃".repeat(85))).hasSize(85);
    for (String name : new String[] {"a".repeat(256), "ß".repeat(128), "☃".repeat(86)}) {
      assertThatExceptionOfType(DriverfsException.class)
          .isThrownBy(() -> Names.require(name))
          .satisfies(e -> assertThat(e.errno()).isSameAs(Errno.ENAMETOOLONG));
    }
  }
}
