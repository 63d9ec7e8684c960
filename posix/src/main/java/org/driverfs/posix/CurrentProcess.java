package org.driverfs.posix;

/// Who this process is.
public final class CurrentProcess {
  private CurrentProcess() {}

  /// getpid(2).
  public static int pid() {
    return ask(Abi.GETPID);
  }

  /// geteuid(2): the user whose rights it has.
  public static int effectiveUser() {
    return ask(Abi.GETEUID);
  }

  /// getegid(2): the group whose rights it has.
  public static int effectiveGroup() {
    return ask(Abi.GETEGID);
  }

  private static int ask(int number) {
    return (int) SystemCalls.ofThread().call(number, 0, 0, 0, 0);
  }
}
