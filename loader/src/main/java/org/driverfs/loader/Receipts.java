package org.driverfs.loader;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.driverfs.lifetime.Deadline;
import org.driverfs.loader.Receipt.Collected;
import org.driverfs.loader.Receipt.Collection;

/// The last 64 receipts. Thread-safe.
public final class Receipts {
  /// How many are kept.
  public static final int KEPT = 64;

  /// Another list with each change: without memory for that, nothing is lost.
  private List<Receipt> kept = List.of();

  private final Consumer<String> forgotten;
  private long last;

  /// @param forgotten hears of a module when its last receipt goes
  Receipts(Consumer<String> forgotten) {
    this.forgotten = forgotten;
  }

  synchronized long nextNumber() {
    return ++last;
  }

  /// Does nothing if it is there.
  void add(Receipt receipt) {
    Set<String> gone = new LinkedHashSet<>();
    synchronized (this) {
      List<Receipt> all = new ArrayList<>(kept);
      if (find(receipt.number()).isEmpty()) {
        all.add(receipt);
      }
      while (all.size() > KEPT) {
        gone.add(all.removeFirst().subject().name());
      }
      all.forEach(it -> gone.remove(it.subject().name()));
      kept = List.copyOf(all);
      notifyAll();
    }
    gone.forEach(forgotten);
  }

  /// The garbage collector has something to say of a receipt.
  synchronized void collected(long number, Collection collection) {
    kept = kept.stream().map(it -> it.number() == number ? it.with(collection) : it).toList();
    notifyAll();
  }

  /// Those that are kept, the oldest first.
  public synchronized List<Receipt> all() {
    return kept;
  }

  /// A receipt by its number.
  public synchronized Optional<Receipt> find(long number) {
    return kept.stream().filter(it -> it.number() == number).findAny();
  }

  /// Waits until it is known whether the classes have gone, but not for ever.
  ///
  /// @return the receipt as it is then
  public synchronized Receipt awaitCollected(Receipt receipt, Duration deadline)
      throws InterruptedException {
    boolean _ =
        Deadline.await(
            this, deadline, () -> now(receipt).collection().state() != Collected.PENDING);
    return now(receipt);
  }

  private Receipt now(Receipt receipt) {
    return find(receipt.number()).orElse(receipt);
  }
}
