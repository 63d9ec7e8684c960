package org.driverfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Timeout;

/// Whatever comes from the kernel, each request gets the replies that it is due, in the form that
/// the kernel takes; and when the kernel lets go of all it was given, nothing is held.
///
/// An input is requests, one behind another, each as long as its header says; the last may have any
/// length there. Less than a header the kernel never sends.
class RequestFuzzTest {
  private static final int MOST = 64;

  @Timeout(10)
  @FuzzTest
  void serve_anyRequests_answersEachAndHoldsNothing(byte[] input) {
    try (var connection = new Connection()) {
      var kernel = new Kernel();
      ByteBuffer left = ByteBuffer.wrap(input).order(ByteOrder.nativeOrder());
      for (int i = 0; i < MOST && left.remaining() >= Frame.HEADER; i++) {
        byte[] request = next(left);
        kernel.receive(request, connection.exchange(request));
      }
      for (byte[] request : kernel.farewells()) {
        connection.exchange(request);
      }
      assertThat(connection.held()).isZero();
    }
  }

  private static byte[] next(ByteBuffer left) {
    int length = left.getInt(left.position());
    boolean isWhole = length >= Frame.HEADER && length <= left.remaining();
    byte[] request = new byte[isWhole ? length : left.remaining()];
    left.get(request);
    return request;
  }
}
