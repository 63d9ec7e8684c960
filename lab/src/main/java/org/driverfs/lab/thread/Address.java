package org.driverfs.lab.thread;

/// A pointer that is nothing but that. Two are the same only if they are one.
@SuppressWarnings("ClassCanBeRecord") // whose equality is another
final class Address implements Pointer {
  private final Memory driver;

  Address(Memory driver) {
    this.driver = driver;
  }

  @Override
  public Memory driver() {
    return driver;
  }
}
