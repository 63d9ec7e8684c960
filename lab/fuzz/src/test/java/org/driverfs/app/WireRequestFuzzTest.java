package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.Arrays;

/// Whatever a client sends is a request or is refused, and a request is read as it was written.
class WireRequestFuzzTest {
  /// Where the flag is; any bit of it counts.
  private static final int TERMINAL = 4;

  @FuzzTest
  void readRequest_anyBytes_isARequestOrRefused(byte[] sent) throws IOException {
    Wire.Request request;
    try {
      request = Wire.readRequest(new ByteArrayInputStream(sent));
    } catch (EOFException | StreamCorruptedException refused) {
      return;
    }
    assertThat(request.directory().length() + String.join("", request.arguments()).length())
        .as("no more text than was sent")
        .isLessThanOrEqualTo(sent.length);
    byte[] written = written(request);
    assertThat(Wire.readRequest(new ByteArrayInputStream(written))).isEqualTo(request);
    if (!request.toString().contains("\uFFFD")) {
      byte[] read = Arrays.copyOf(sent, written.length);
      read[TERMINAL] = (byte) (read[TERMINAL] == 0 ? 0 : 1);
      assertThat(written).isEqualTo(read);
    }
  }

  private static byte[] written(Wire.Request request) throws IOException {
    var written = new ByteArrayOutputStream();
    Wire.writeRequest(written, request);
    return written.toByteArray();
  }
}
