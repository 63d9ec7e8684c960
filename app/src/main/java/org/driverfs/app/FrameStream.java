package org.driverfs.app;

import java.io.IOException;
import java.io.OutputStream;

/// One of the two streams of an answer: each write is a frame.
final class FrameStream extends OutputStream {
  private final OutputStream to;
  private final int kind;

  FrameStream(OutputStream to, int kind) {
    this.to = to;
    this.kind = kind;
  }

  @Override
  public void write(int oneByte) throws IOException {
    write(new byte[] {(byte) oneByte}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (length > 0) {
      Wire.writeFrame(to, kind, bytes, offset, length);
    }
  }
}
