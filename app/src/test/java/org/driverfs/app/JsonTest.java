package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class JsonTest {
  @Test
  void write_mapsListsAndScalars_areJson() {
    var map = new LinkedHashMap<String, Object>();
    map.put("a\n", List.of(1, true, "x", Map.of()));
    map.put("b", new BigDecimal("1E+3"));
    map.put("c", Long.MIN_VALUE);
    assertThat(Json.write(map))
        .isEqualTo("{\"a\\u000a\":[1,true,\"x\",{}],\"b\":1000,\"c\":-9223372036854775808}");
  }

  @Test
  void quote_charactersThatJsonKeepsForItself_areEscaped() {
    assertThat(Json.quote("a\"b\\c\nd\u0000é")).isEqualTo("\"a\\\"b\\\\c\\u000ad\\u0000é\"");
  }
}
