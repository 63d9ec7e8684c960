package org.driverfs.tree;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Numbers for things that are handed to somebody who cannot hold a reference, such as the kernel.
///
/// A handle is a slot and the generation of that slot, 32 bits each; it is never given out twice: a
/// slot that has used up its generations is not used again. 0 is no handle.
///
/// Thread-safe. Finding takes no lock: a slot's generation grows before the slot can be filled
/// again, and is read after the item. So if it is still the generation of the handle, the item was
/// the handle's own, or null.
///
/// @param <E> what is handed out
public final class Handles<E> {
  private static final int CHUNK = 1 << 10;

  private static final class Chunk<E> {
    final AtomicReferenceArray<@Nullable E> items = new AtomicReferenceArray<>(CHUNK);
    final AtomicIntegerArray generations = new AtomicIntegerArray(CHUNK);
  }

  /// Grows by copying; guarded by the monitor of this for writing.
  private volatile List<Chunk<E>> chunks = List.of();

  // Guarded by the monitor of this.
  private final ArrayDeque<Integer> free = new ArrayDeque<>();
  private int used;
  private volatile int size;

  /// A table with no handles.
  public Handles() {}

  /// Gives out a handle, which is not 0.
  public synchronized long add(E item) {
    Integer slot = free.poll();
    if (slot == null) {
      slot = used++;
      if (slot / CHUNK == chunks.size()) {
        var longer = new ArrayList<>(chunks);
        longer.add(new Chunk<>());
        chunks = longer;
      }
    }
    Chunk<E> chunk = chunks.get(slot / CHUNK);
    int generation = chunk.generations.get(slot % CHUNK);
    chunk.items.set(slot % CHUNK, item);
    size++;
    return (long) generation << 32 | (slot + 1L);
  }

  /// What the handle was given out for.
  ///
  /// @return null if it was never given out, or has been removed
  public @Nullable E find(long handle) {
    int slot = (int) handle - 1;
    List<Chunk<E>> now = chunks;
    if (slot < 0 || slot / CHUNK >= now.size()) {
      return null;
    }
    Chunk<E> chunk = now.get(slot / CHUNK);
    E item = chunk.items.get(slot % CHUNK);
    return chunk.generations.get(slot % CHUNK) == (int) (handle >>> 32) ? item : null;
  }

  /// Ends a handle.
  ///
  /// @return what it was given out for, or null if it has been removed before
  public synchronized @Nullable E remove(long handle) {
    E item = find(handle);
    if (item == null) {
      return null;
    }
    int slot = (int) handle - 1;
    Chunk<E> chunk = chunks.get(slot / CHUNK);
    chunk.items.set(slot % CHUNK, null);
    if (chunk.generations.incrementAndGet(slot % CHUNK) != 0) {
      free.add(slot);
    }
    size--;
    return item;
  }

  /// How many handles there are.
  public int size() {
    return size;
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
}
