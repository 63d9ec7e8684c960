package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Whatever answers a client, it copies what the frames hold and nothing else, or refuses it.
class WireAnswerFuzzTest {
  @FuzzTest
  void copyAnswer_anyBytes_isWhatItsFramesHold(byte[] sent) throws IOException {
    var expected = Answer.of(sent);
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    Integer status = null;
    try {
      status = Wire.copyAnswer(new ByteArrayInputStream(sent), out, err);
    } catch (EOFException | StreamCorruptedException refused) {
      // as expected, or the status below is missing
    }
    assertThat(status).isEqualTo(expected.status());
    if (status != null) {
      assertThat(out.toByteArray()).isEqualTo(expected.out().toByteArray());
      assertThat(err.toByteArray()).isEqualTo(expected.err().toByteArray());
    }
  }

  /// An answer as the comment of [Wire] has it.
  ///
  /// @param status null for what is no whole answer
  private record Answer(
      ByteArrayOutputStream out, ByteArrayOutputStream err, @Nullable Integer status) {
    static Answer of(byte[] sent) {
      var out = new ByteArrayOutputStream();
      var err = new ByteArrayOutputStream();
      ByteBuffer left = ByteBuffer.wrap(sent);
      while (left.remaining() >= 5) {
        int kind = left.get();
        int number = left.getInt();
        if (kind == Wire.EXIT) {
          return new Answer(out, err, number);
        }
        if ((kind != Wire.OUT && kind != Wire.ERR) || number < 0 || number > left.remaining()) {
          break;
        }
        (kind == Wire.OUT ? out : err).write(sent, left.position(), number);
        left.position(left.position() + number);
      }
      return new Answer(out, err, null);
    }
  }
}
