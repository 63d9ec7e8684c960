package org.driverfs.lifetime;

import java.util.concurrent.atomic.AtomicBoolean;

/// One use of a thing that counts its uses: whoever holds it keeps the thing from going away.
///
/// Closing it a second time does nothing. It may be closed by another thread than the one that
/// acquired it.
public final class Lease implements AutoCloseable {
  private final AtomicBoolean closed = new AtomicBoolean();
  private final UseCount count;
  private final int stripe;

  Lease(UseCount count, int stripe) {
    this.count = count;
    this.stripe = stripe;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      count.leave(stripe);
    }
  }
}
