package org.driverfs.tree;

import java.util.Optional;
import org.driverfs.lifetime.Caller;
import org.jspecify.annotations.Nullable;

/// A file of any number of objects: the `driver_file_entry` of July 2002.
///
/// Most files are text: [#text] with a show, a store or both. A file whose content is not ours to
/// keep, because it stands for another file or is large, is [#raw].
///
/// Callbacks may throw anything: a [org.driverfs.errno.DriverfsException] answers its errno,
/// anything else EIO. They are called by any thread, also by several at once, and with no lock
/// held.
///
/// @param <T> what is represented
public final class FileEntry<T> implements Entry<T> {
  /// Gives the text of a file.
  @FunctionalInterface
  public interface Show<T> {
    /// @return the whole text, at most [OpenFile#MAX_SHOW] bytes of UTF-8, and usually one value
    ///   with a newline
    String show(T object) throws Exception;
  }

  /// Takes what was written to a file.
  @FunctionalInterface
  public interface Store<T> {
    /// @param text what one write(2) wrote, with its newline if it had one
    void store(T object, String text) throws Exception;
  }

  /// Opens a file whose content is not ours to keep.
  @FunctionalInterface
  public interface Opener<T> {
    /// @return what the open file reads from and writes to until it closes it
    Content open(T object, OpenMode mode, Caller caller) throws Exception;
  }

  /// What a file has besides its callbacks.
  ///
  /// @param size in bytes; -1 if it is not known before the file is read
  private record Traits<T>(
      boolean isConstant,
      long size,
      @Nullable Subsystem<? super T> owner,
      @Nullable Object origin) {}

  private record Callbacks<T>(
      @Nullable Show<? super T> show,
      @Nullable Store<? super T> store,
      @Nullable Opener<? super T> opener) {}

  private final String name;
  private final int mode;
  private final Callbacks<T> callbacks;
  private final Traits<T> traits;

  private FileEntry(String name, int mode, Callbacks<T> callbacks) {
    this(Names.require(name), mode, callbacks, new Traits<>(false, -1, null, null));
  }

  private FileEntry(String name, int mode, Callbacks<T> callbacks, Traits<T> traits) {
    this.name = name;
    this.mode = mode;
    this.callbacks = callbacks;
    this.traits = traits;
  }

  /// A text file.
  ///
  /// @param mode the permission bits; those that `show` or `store` cannot serve are of no use
  /// @param show null if the file cannot be read
  /// @param store null if the file cannot be written
  public static <T> FileEntry<T> text(
      String name, int mode, @Nullable Show<? super T> show, @Nullable Store<? super T> store) {
    return new FileEntry<>(name, mode, new Callbacks<>(show, store, null));
  }

  /// A text file that can only be read (0444).
  public static <T> FileEntry<T> readOnly(String name, Show<? super T> show) {
    return text(name, 0444, show, null);
  }

  /// A file whose reads and writes go to what `opener` opens.
  public static <T> FileEntry<T> raw(String name, int mode, Opener<? super T> opener) {
    return new FileEntry<>(name, mode, new Callbacks<>(null, null, opener));
  }

  /// The same file, whose text changes only with [Directory#changed]: clients may keep it.
  public FileEntry<T> constant() {
    return with(new Traits<>(true, traits.size, traits.owner, traits.origin));
  }

  /// The same file, which says its size before it is read.
  ///
  /// @param newSize in bytes; -1 if that is not known
  public FileEntry<T> sized(long newSize) {
    return with(new Traits<>(traits.isConstant, newSize, traits.owner, traits.origin));
  }

  /// The same file, which remembers what it was made from, for whoever made it: the tree never
  /// looks at that.
  public FileEntry<T> madeFrom(Object newOrigin) {
    return with(new Traits<>(traits.isConstant, traits.size, traits.owner, newOrigin));
  }

  /// The same file, whose callbacks belong to somebody who must be there while it is open: the
  /// driver of the object, when the object itself belongs to its bus. When that one goes it refuses
  /// first, and then says so by [Directory#disappeared] or [Directory#remove].
  public FileEntry<T> ownedBy(Subsystem<? super T> newOwner) {
    return with(new Traits<>(traits.isConstant, traits.size, newOwner, traits.origin));
  }

  /// A file of the same name, size and rights, for any kind of object, that cannot be opened.
  <U> FileEntry<U> inert() {
    return new FileEntry<>(
        name, mode, new Callbacks<>(null, null, null), new Traits<>(false, size(), null, null));
  }

  private FileEntry<T> with(Traits<T> newTraits) {
    return new FileEntry<>(name, mode, callbacks, newTraits);
  }

  @Override
  public String name() {
    return name;
  }

  /// The permission bits.
  public int mode() {
    return mode;
  }

  /// Whether clients may keep the text until [Directory#changed] is called.
  public boolean isConstant() {
    return traits.isConstant;
  }

  /// How many bytes the file has; -1 if that is not known before it is read.
  public long size() {
    return traits.size;
  }

  /// What [#madeFrom] was given.
  public Optional<Object> origin() {
    return Optional.ofNullable(traits.origin);
  }

  /// Whether the content is not ours to keep.
  public boolean isRaw() {
    return callbacks.opener != null;
  }

  @Nullable Show<? super T> show() {
    return callbacks.show;
  }

  @Nullable Store<? super T> store() {
    return callbacks.store;
  }

  @Nullable Opener<? super T> opener() {
    return callbacks.opener;
  }

  @Nullable Subsystem<? super T> owner() {
    return traits.owner;
  }
}
