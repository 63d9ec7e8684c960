package org.driverfs.errno;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ThrownTest {
  private static final class Unprintable extends Exception {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw new UnsupportedOperationException();
    }
  }

  private static final class PrintableOnce extends Exception {
    private static final long serialVersionUID = 1;

    private int times;

    @Override
    public String getMessage() {
      if (times++ > 0) {
        throw new UnsupportedOperationException();
      }
      return "the first time";
    }

    @Override
    public StackTraceElement[] getStackTrace() {
      throw new UnsupportedOperationException();
    }

    @Override
    public synchronized Throwable getCause() {
      return this;
    }
  }

  @Test
  void printable_whatCanBePrinted_saysTheSame() {
    var plain = new IllegalStateException("plain", new RuntimeException("cause"));
    Throwable copy = Thrown.printable(plain);
    assertThat(copy).hasToString(plain.toString());
    assertThat(copy.getStackTrace()).isEqualTo(plain.getStackTrace());
    assertThat(copy).cause().hasToString("java.lang.RuntimeException: cause");
  }

  @Test
  void printable_aMessageThatThrows_namesBoth() {
    assertThat(Thrown.printable(new Unprintable()).toString())
        .contains(Unprintable.class.getName(), UnsupportedOperationException.class.getName());
    assertThat(Thrown.printable(new Error("", new Unprintable())))
        .cause()
        .hasMessageContaining(Unprintable.class.getName());
  }

  @Test
  void printable_aMessageThatThrowsTheSecondTime_canBePrintedAgainAndAgain() {
    Throwable copy = Thrown.printable(new PrintableOnce());
    for (int i = 0; i < 3; i++) {
      var text = new StringWriter();
      copy.printStackTrace(new PrintWriter(text));
      assertThat(text.toString()).contains("the first time");
    }
  }

  @Test
  void printable_causesInACircle_endsSomewhere() {
    var first = new RuntimeException("first");
    first.initCause(new RuntimeException("second", first));
    assertThat(Thrown.printable(first)).hasToString(first.toString());
  }
}
