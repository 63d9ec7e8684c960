package org.driverfs.model;

import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;

/// Where a test stops the first thread that gets there, until the test lets it go on.
final class Halt {
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch open = new CountDownLatch(1);

  /// Stops here. Called by the thread that is to be stopped.
  void pass() throws InterruptedException {
    reached.countDown();
    open.await();
  }

  void awaitReached() throws InterruptedException {
    reached.await();
  }

  void open() {
    open.countDown();
  }

  /// Waits until a thread is at a monitor that the caller has.
  static void awaitBlocked(Thread thread) {
    await().until(() -> thread.getState() == Thread.State.BLOCKED);
  }
}
