package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class JsonTest {
  @Test
  void quote_charactersThatJsonKeepsForItself_areEscaped() {
    assertThat(Json.quote("a\"b\\c\nd\u0000é")).isEqualTo("\"a\\\"b\\\\c\\u000ad\\u0000é\"");
  }
}
