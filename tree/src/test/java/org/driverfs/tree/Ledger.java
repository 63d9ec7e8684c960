package org.driverfs.tree;

import java.util.concurrent.atomic.AtomicInteger;

/// A subsystem that counts, of objects that are texts, and refuses or throws when told to.
class Ledger implements Subsystem<StringBuilder> {
  final AtomicInteger gets = new AtomicInteger();
  final AtomicInteger puts = new AtomicInteger();
  volatile boolean refuses;
  volatile boolean throwsIt;

  final FileEntry<StringBuilder> value =
      FileEntry.text(
          "value",
          0644,
          text -> text + "\n",
          (text, stored) -> text.replace(0, text.length(), stored.strip()));

  final DirectoryType<StringBuilder> type = new DirectoryType<>(this, FileSet.of(value));

  @Override
  public boolean get(StringBuilder object) {
    if (throwsIt) {
      throw new IllegalStateException("a broken subsystem");
    }
    if (refuses) {
      return false;
    }
    gets.incrementAndGet();
    return true;
  }

  @Override
  public void put(StringBuilder object) {
    puts.incrementAndGet();
  }

  int users() {
    return gets.get() - puts.get();
  }
}
