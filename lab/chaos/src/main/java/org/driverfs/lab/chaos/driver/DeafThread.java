package org.driverfs.lab.chaos.driver;

/// A thread of a driver's own that cannot be interrupted: who tries is thrown at.
final class DeafThread extends Thread {
  DeafThread(String name, Runnable body) {
    super(body, name);
  }

  @Override
  public void interrupt() {
    throw new IllegalStateException("chaos: " + getName() + " does not want to be interrupted");
  }
}
