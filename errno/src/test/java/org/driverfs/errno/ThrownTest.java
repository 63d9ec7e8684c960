package org.driverfs.errno;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ThrownTest {
  private static final class Unprintable extends Exception {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void printable_whatCanBePrinted_isTheSame() {
    var plain = new IllegalStateException("plain", new RuntimeException("cause"));
    assertThat(Thrown.printable(plain)).isSameAs(plain);
  }

  @Test
  void printable_aMessageOrCauseThatThrows_isNamed() {
    for (Throwable thrown : new Throwable[] {new Unprintable(), new Error("", new Unprintable())}) {
      assertThat(Thrown.printable(thrown))
          .hasMessageContainingAll(
              thrown.getClass().getName(), UnsupportedOperationException.class.getName());
    }
  }
}
