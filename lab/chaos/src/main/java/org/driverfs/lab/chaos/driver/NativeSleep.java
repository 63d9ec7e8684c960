package org.driverfs.lab.chaos.driver;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Sleeps where no interrupt of Java comes through.
@SuppressWarnings("restricted")
final class NativeSleep {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle USLEEP =
      LINKER.downcallHandle(
          LINKER.defaultLookup().find("usleep").orElseThrow(),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private NativeSleep() {}

  static void micros(int micros) {
    try {
      int _ = (int) USLEEP.invokeExact(micros);
    } catch (Throwable t) {
      throw new IllegalStateException("usleep", t);
    }
  }
}
