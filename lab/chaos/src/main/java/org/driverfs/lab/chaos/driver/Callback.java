package org.driverfs.lab.chaos.driver;

/// The places in which a driver's code is called, and how often of a hundred times it misbehaves
/// there: seldom where a module would never come up, or its device never be bound.
enum Callback {
  INIT(15, false),
  EXIT(25, false),
  VETO(25, true),
  PROBE(20, false),
  REMOVE(25, false),
  BID(10, true),
  SAVE(25, true),
  COPY(25, true),
  SUSPEND(20, false),
  RESUME(20, false),
  SHUTDOWN(20, false),
  RUNTIME_SUSPEND(25, false),
  RUNTIME_RESUME(25, false),
  SHOW(35, false),
  STORE(35, false),
  OPEN(25, false),
  READ(35, false),
  WRITE(35, false),
  POLL(35, false),
  CLOSE(25, false),
  LIST(8, true),
  FIND(8, true),
  IS_DYNAMIC(4, true),
  VISIBLE(8, true),
  LINK(25, true),
  IDS(10, true),
  RELEASE(25, true),
  PARAMETER(35, false),
  CLOSE_OWNED(25, false),
  TASK(60, false),
  EVENT(25, false),
  UNCAUGHT(50, false);

  private final int wildness;
  private final boolean isQuestion;

  Callback(int wildness, boolean isQuestion) {
    this.wildness = wildness;
    this.isQuestion = isQuestion;
  }

  /// Whether a driver that behaves only answers here, and changes nothing.
  boolean isQuestion() {
    return isQuestion;
  }

  int wildness() {
    return wildness;
  }
}
