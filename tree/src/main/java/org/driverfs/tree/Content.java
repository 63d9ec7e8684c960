package org.driverfs.tree;

import java.lang.foreign.MemorySegment;

/// What an open file reads from and writes to.
///
/// Several threads may call at once, but none after [#close] has begun.
public interface Content {
  /// Reads bytes.
  ///
  /// @param offset where to begin, in bytes
  /// @param into where they go
  /// @param at where in `into` they begin, in bytes
  /// @param length how many are wanted at most
  /// @return how many bytes were read; 0 at the end
  int read(long offset, MemorySegment into, long at, int length) throws Exception;

  /// Writes bytes.
  ///
  /// @param offset where to begin, in bytes
  /// @param from what to write
  /// @param at where in `from` it begins, in bytes
  /// @param length how many bytes it has
  /// @return how many bytes were taken
  int write(long offset, MemorySegment from, long at, int length) throws Exception;

  /// What poll(2) would say now, as [Poll] bits.
  ///
  /// @param waker is run once when that changes; it never waits. The last one given counts
  int poll(Runnable waker) throws Exception;

  /// Ends it. Called once.
  void close() throws Exception;

  /// Ends it, where that may take any time.
  ///
  /// @param then runs once, when nobody is inside any more, perhaps after this returns; also if it
  ///   fails
  default void close(Runnable then) throws Exception {
    try {
      close();
    } finally {
      then.run();
    }
  }
}
