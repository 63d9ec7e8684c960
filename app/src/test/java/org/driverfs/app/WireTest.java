package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class WireTest {
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

  @Test
  void readRequest_writtenOne_isTheSame() throws IOException {
    var request = new Wire.Request(true, List.of("set", "a/ä", "", "two\nlines"));

    Wire.writeRequest(sent, request);

    assertThat(Wire.readRequest(received())).isEqualTo(request);
  }

  @Test
  void readRequest_cutAnywhere_isRefused() throws IOException {
    Wire.writeRequest(sent, new Wire.Request(false, List.of("cat", "some/path")));
    byte[] whole = sent.toByteArray();

    for (int length = 0; length < whole.length; length++) {
      var part = new ByteArrayInputStream(whole, 0, length);
      assertThatThrownBy(() -> Wire.readRequest(part)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void readRequest_noise_isRefused() {
    var seed = System.nanoTime();
    var random = new Random(seed);
    for (int i = 0; i < 1000; i++) {
      var noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      assertThatThrownBy(() -> Wire.readRequest(new ByteArrayInputStream(noise)))
          .as("seed %d", seed)
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void readRequest_impossibleLengths_isRefusedWithoutMemoryForThem() {
    for (int length : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      byte[] request =
          ByteBuffer.allocate(13).putInt(0x64667331).put((byte) 0).putInt(1).putInt(length).array();
      assertThatThrownBy(() -> Wire.readRequest(new ByteArrayInputStream(request)))
          .isInstanceOf(StreamCorruptedException.class);
    }
  }

  @Test
  void copyAnswer_frames_goToTheirStreams() throws IOException {
    new FrameStream(sent, Wire.OUT).write("out".getBytes(StandardCharsets.UTF_8));
    new FrameStream(sent, Wire.ERR).write("err".getBytes(StandardCharsets.UTF_8));
    Wire.writeExit(sent, 7);
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();

    assertThat(Wire.copyAnswer(received(), out, err)).isEqualTo(7);

    assertThat(out).hasToString("out");
    assertThat(err).hasToString("err");
  }

  @Test
  void copyAnswer_withoutExitStatus_fails() throws IOException {
    new FrameStream(sent, Wire.OUT).write('x');
    OutputStream nowhere = OutputStream.nullOutputStream();

    assertThatThrownBy(() -> Wire.copyAnswer(received(), nowhere, nowhere))
        .isInstanceOf(EOFException.class);
  }

  @Test
  void copyAnswer_readerThatHasGone_endsLikeABrokenPipe() throws IOException {
    new FrameStream(sent, Wire.OUT).write('x');
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int oneByte) throws IOException {
            throw new IOException("Broken pipe");
          }
        };

    assertThat(Wire.copyAnswer(received(), closed, closed)).isEqualTo(Wire.BROKEN_PIPE);
  }

  private ByteArrayInputStream received() {
    return new ByteArrayInputStream(sent.toByteArray());
  }
}
