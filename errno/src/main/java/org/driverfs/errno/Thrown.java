package org.driverfs.errno;

import java.io.PrintWriter;
import java.io.Writer;

/// What code that is not ours has thrown: its message and its causes are that code too, and may
/// throw when they are asked for.
public final class Thrown {
  private Thrown() {}

  /// Something that can be put into messages and logs.
  ///
  /// @return the same if that can be printed, or else what names its class
  public static Throwable printable(Throwable thrown) {
    try {
      thrown.printStackTrace(new PrintWriter(Writer.nullWriter()));
      return thrown;
    } catch (Throwable t) {
      return new IllegalStateException(
          thrown.getClass().getName()
              + " was thrown, which throws "
              + t.getClass().getName()
              + " when it is printed");
    }
  }
}
