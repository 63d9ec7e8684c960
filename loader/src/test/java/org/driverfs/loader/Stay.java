package org.driverfs.loader;

import static org.awaitility.Awaitility.await;

/// Where code of a module stays, whatever interrupts it, until the test lets it go. The two know
/// each other by properties of the JVM.
final class Stay {
  static final String STAY =
      "System.setProperty(\"driverfs.in\", \"\"); while (System.getProperty(\"driverfs.go\") == null)"
          + " { try { Thread.sleep(2); } catch (InterruptedException e) {} }";

  private Stay() {}

  static void awaitIn() {
    await().until(() -> System.getProperty("driverfs.in") != null);
  }

  static void letGo() {
    System.setProperty("driverfs.go", "");
  }

  /// Nobody has been there.
  static void clear() {
    System.clearProperty("driverfs.in");
    System.clearProperty("driverfs.go");
  }
}
