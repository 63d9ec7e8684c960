package org.driverfs.lab.chaos.driver;

/// What a callback does before it returns, and how often, beside the others.
enum Deed {
  // What anybody may do.
  RETURN(0, true),
  NAP(4, true),
  START_TASK(3, true),
  REGISTER(4, true),
  UNREGISTER(4, true),
  CHANGED(4, true),
  CALL_BACK(4, true),
  // What is thrown.
  THROW_RUNTIME(3, false),
  THROW_CHECKED(2, false),
  THROW_ERROR(2, false),
  THROW_DRIVERFS(2, false),
  THROW_INTERRUPTED(2, false),
  THROW_DEFERRAL(2, false),
  THROW_EVIL_MESSAGE(3, false),
  THROW_OWN_CAUSE(2, false),
  THROW_EVIL_STACK(2, false),
  // What does not return.
  HANG(6, false),
  HANG_DEAF(4, false),
  SPIN(3, false),
  SLEEP_NATIVE(5, false),
  // What changes the thread.
  INTERRUPT_SELF(4, false),
  DISGUISE(3, false),
  // What takes too much.
  RECURSE(2, false),
  RECURSE_THROUGH(2, false),
  EXHAUST(2, false),
  // What stays, and what should not be given.
  LEAVE_BEHIND(3, false),
  OWN_THREAD(3, false),
  NULL(3, false),
  WRONG(3, false);

  private final int weight;
  private final boolean isCalm;

  Deed(int weight, boolean isCalm) {
    this.weight = weight;
    this.isCalm = isCalm;
  }

  int weight() {
    return weight;
  }

  /// Whether a well-behaved driver does it too.
  boolean isCalm() {
    return isCalm;
  }
}
