package org.driverfs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.loader.Manifest.Parameter;
import org.junit.jupiter.api.Timeout;

/// The manifest of a module says what is wrong with it, or has all that is loaded by it.
class ManifestFuzzTest {
  private static final String ID = "v1D6Bp0002d0612dc09dsc00dp01ic09isc00ip00in00";

  @Timeout(5)
  @FuzzTest
  void parse_anyFile_isAManifestOrAComplaint(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    Manifest manifest;
    try {
      manifest = Manifest.parse("file", text);
    } catch (DriverfsException e) {
      assertThat(e.errno()).isEqualTo(Errno.EINVAL);
      assertThat(e.path()).startsWith("file");
      return;
    }
    assertThat(manifest.identity()).matches("[A-Za-z0-9_-]{1,64}@[A-Za-z0-9._+-]{1,64}");
    manifest.aliases().forEach(alias -> alias.id().matches(ID));
    var values = new Parameters(manifest, Map.of());
    manifest.parameters().forEach(parameter -> check(parameter, values));
    assertThat(values.valuesFor(manifest).keySet())
        .isSubsetOf(manifest.parameters().stream().map(Parameter::name).toList());
  }

  private static void check(Parameter parameter, Parameters values) {
    assertThat(values.value(parameter.name())).isEqualTo(parameter.first());
    assertThat(parameter.type().allowed()).isNotEmpty();
    assertThat(parameter.type().limits()).isNotNull();
    if (!parameter.first().isEmpty()) {
      parameter.type().parse(parameter.first());
    }
  }
}
