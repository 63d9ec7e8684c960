package org.driverfs.tree;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Numbers for things that are handed to somebody who cannot hold a reference, such as the kernel.
///
/// A handle is a slot and the generation of that slot, 32 bits each; it is never given out twice: a
/// slot that has used up its generations is not used again. 0 is no handle.
///
/// Thread-safe; only growing takes a lock. A slot's generation grows before the slot can be filled
/// again, and is read after the item. So if it is still the generation of the handle, the item was
/// the handle's own, or null. Of two that end one handle, the one that makes the generation grow
/// has ended it. Free slots are a stack; each push and pop changes the number in the upper half of
/// its head, so that a pop which slept cannot take a head that went and came back.
///
/// @param <E> what is handed out
public final class Handles<E> {
  private static final int CHUNK = 1 << 10;

  private static final class Chunk<E> {
    final AtomicReferenceArray<@Nullable E> items = new AtomicReferenceArray<>(CHUNK);
    final AtomicIntegerArray generations = new AtomicIntegerArray(CHUNK);

    /// The free slot below this one in the stack, plus one. Published by the head of the stack.
    final int[] below = new int[CHUNK];
  }

  /// Grows by copying, under the monitor of this.
  private volatile Chunk<E>[] chunks = chunks(0);

  /// The topmost free slot plus one, or 0; above it, how often this has changed.
  private final AtomicLong free = new AtomicLong();

  private final AtomicInteger used = new AtomicInteger();

  /// A table with no handles.
  public Handles() {}

  /// Gives out a handle, which is not 0.
  public long add(E item) {
    int slot = pop();
    if (slot < 0) {
      slot = used.getAndIncrement();
      reach(slot);
    }
    Chunk<E> chunk = chunks[slot / CHUNK];
    chunk.items.set(slot % CHUNK, item); // volatile: who adds may look afterwards who looks at all
    return (long) chunk.generations.get(slot % CHUNK) << 32 | (slot + 1L);
  }

  /// What the handle was given out for.
  ///
  /// @return null if it was never given out, or has been removed
  public @Nullable E find(long handle) {
    int slot = (int) handle - 1;
    Chunk<E>[] now = chunks;
    if (slot < 0 || slot / CHUNK >= now.length) {
      return null;
    }
    Chunk<E> chunk = now[slot / CHUNK];
    E item = chunk.items.get(slot % CHUNK);
    return chunk.generations.get(slot % CHUNK) == generation(handle) ? item : null;
  }

  /// Ends a handle.
  ///
  /// @return what it was given out for, or null if it has been removed before
  public @Nullable E remove(long handle) {
    E item = find(handle);
    int slot = (int) handle - 1;
    int next = generation(handle) + 1;
    if (item == null || !chunk(slot).generations.compareAndSet(slot % CHUNK, next - 1, next)) {
      return null;
    }
    chunk(slot).items.setRelease(slot % CHUNK, null);
    if (next != 0) {
      push(slot);
    }
    return item;
  }

  /// How many handles there are; counts them.
  public int size() {
    return all().size();
  }

  /// All that handles were given out for and that is still there.
  public List<E> all() {
    List<E> all = new ArrayList<>();
    for (Chunk<E> chunk : chunks) {
      for (int i = 0; i < CHUNK; i++) {
        E item = chunk.items.get(i);
        if (item != null) {
          all.add(item);
        }
      }
    }
    return all;
  }

  private Chunk<E> chunk(int slot) {
    return chunks[slot / CHUNK];
  }

  private int pop() {
    while (true) {
      long top = free.get();
      int slot = (int) top - 1;
      if (slot < 0 || free.compareAndSet(top, changed(top, chunk(slot).below[slot % CHUNK]))) {
        return slot;
      }
    }
  }

  private void push(int slot) {
    long top;
    do {
      top = free.get();
      chunk(slot).below[slot % CHUNK] = (int) top;
    } while (!free.compareAndSet(top, changed(top, slot + 1)));
  }

  private static long changed(long top, int slotPlusOne) {
    return ((top >>> 32) + 1) << 32 | slotPlusOne;
  }

  private static int generation(long handle) {
    return (int) (handle >>> 32);
  }

  private void reach(int slot) {
    if (slot / CHUNK >= chunks.length) {
      grow(slot / CHUNK + 1);
    }
  }

  private synchronized void grow(int length) {
    Chunk<E>[] now = chunks;
    if (length > now.length) {
      Chunk<E>[] longer = Arrays.copyOf(now, length);
      for (int i = now.length; i < length; i++) {
        longer[i] = new Chunk<>();
      }
      chunks = longer;
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // nothing else is ever put in
  private static <E> Chunk<E>[] chunks(int length) {
    return new Chunk[length];
  }
}
