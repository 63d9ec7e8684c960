package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import picocli.CommandLine.TypeConversionException;

/// A time on the command line is the time that is written there.
class DurationFuzzTest {
  @FuzzTest
  void convert_anyText_isThatTimeOrRefused(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    Duration read;
    try {
      read = new DurationConverter().convert(text);
    } catch (TypeConversionException refused) {
      return;
    }
    String number = text.replaceFirst("[a-z]*$", "");
    long unit = text.endsWith("ms") ? 1 : text.endsWith("m") ? 60_000 : 1000;
    BigDecimal written = new BigDecimal(number).multiply(BigDecimal.valueOf(unit * 1_000_000));
    BigDecimal nanos =
        BigDecimal.valueOf(read.getSeconds())
            .scaleByPowerOfTen(9)
            .add(BigDecimal.valueOf(read.getNano()));
    assertThat(nanos)
        .isBetween(
            written.subtract(BigDecimal.valueOf(1000)), written.add(BigDecimal.valueOf(1000)));
  }
}
