package org.driverfs.lab.peers;

/// What a plug-in does wrong, so that something of it stays when it is unloaded.
enum Fault {
  /// Nothing: a plug-in that is in order.
  NONE("none", ""),
  /// A thread that it has started and forgotten; it would end if it was interrupted.
  THREAD("thread", "leaked-thread"),
  /// A thread that goes on when it is interrupted.
  DEAF_THREAD("deaf thread", "leaked-deaf"),
  /// An object of it in a ThreadLocal of the host's callers.
  THREAD_LOCAL("ThreadLocal", Callers.NAME),
  /// A shutdown hook of the JVM.
  SHUTDOWN_HOOK("shutdown hook", "leaked-hook"),
  /// A driver with the JDK's DriverManager.
  JDBC_DRIVER("JDBC driver", "LeakedDriver"),
  /// A bean with the platform's MBean server.
  MBEAN("MBean", "type=Leaked"),
  /// A call that does not return.
  STUCK_CALL("stuck call", Callers.NAME),
  /// An object of it in a list of the host's.
  LISTENER("listener", "LISTENERS");

  private final String label;
  private final String culprit;

  Fault(String label, String culprit) {
    this.label = label;
    this.culprit = culprit;
  }

  /// What it is called, by the plug-ins too.
  String label() {
    return label;
  }

  /// What a text contains that names who is to blame: the thread, the bean, the class or the field.
  String culprit() {
    return culprit;
  }
}
