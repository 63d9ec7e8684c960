package org.driverfs.export;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Gate;
import org.driverfs.model.Operation;
import org.driverfs.model.Operation.Kind;
import org.driverfs.model.RawAttribute;
import org.driverfs.model.TextAttribute;
import org.driverfs.tree.Content;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.OpenMode;
import org.jspecify.annotations.Nullable;

/// The attributes of objects of one kind, as files: a text with a newline for each value.
///
/// @param attributes the attributes
/// @param way what stands between the files and the callbacks of the attributes
record AttributeFiles<T>(AttributeSet<T> attributes, Way<? super T> way) implements FileSet<T> {
  /// What a file does around the callbacks of its attribute.
  interface Way<T> {
    /// Calls straight into the attribute.
    Way<Object> STRAIGHT = new Way<>() {};

    /// Runs a callback.
    default <R extends @Nullable Object> R call(
        T object, Operation operation, Gate.Callback<R> callback) throws Exception {
      return callback.call();
    }

    /// Runs a callback for somebody who has pinned nobody.
    default <R extends @Nullable Object> R ask(
        T object, Operation operation, Gate.Callback<R> callback) throws Exception {
      return callback.call();
    }

    /// Runs a callback that ends something, perhaps after this returns, and then something else.
    default void close(T object, Operation operation, Gate.Callback<?> callback, Runnable then)
        throws Exception {
      try {
        callback.call();
      } finally {
        then.run();
      }
    }

    /// Says who is pinned while the file is open, besides its object.
    default <S extends T> FileEntry<S> owned(FileEntry<S> file) {
      return file;
    }
  }

  /// The files of attributes that belong to whoever the objects belong to. Those that are always
  /// the same are made once.
  static <T> FileSet<T> of(AttributeSet<T> attributes) {
    return of(attributes, Way.STRAIGHT);
  }

  static <T> FileSet<T> of(AttributeSet<T> attributes, Way<? super T> way) {
    var files = new AttributeFiles<>(attributes, way);
    @SuppressWarnings("NullAway") // a set that is not dynamic is the same for all objects, and none
    FileSet<T> fixed = isDynamic(attributes, way) ? files : FileSet.of(files.list(null));
    return fixed;
  }

  /// Whether a set has to be asked each time. One of a module is not even asked whether it has.
  private static <T> boolean isDynamic(AttributeSet<T> attributes, Way<? super T> way) {
    return way == Way.STRAIGHT ? attributes.isDynamic() : !AttributeSet.isFixed(attributes);
  }

  /// The same, where asking a set which attributes there are runs the code of a module too.
  static <T> FileSet<T> ofCode(AttributeSet<T> attributes, Way<? super T> way) {
    FileSet<T> files = of(attributes, way);
    return way != Way.STRAIGHT && isDynamic(attributes, way) ? new AskedFiles<>(files, way) : files;
  }

  @Override
  public List<Entry<? super T>> list(T object) {
    List<Entry<? super T>> entries = new ArrayList<>();
    for (Attribute<? super T> attribute : attributes.list(object)) {
      entries.add(entry(attribute, way));
    }
    return entries;
  }

  @Override
  public @Nullable Entry<? super T> find(T object, String name) {
    Attribute<? super T> attribute = attributes.find(object, name);
    return attribute == null ? null : entry(attribute, way);
  }

  @Override
  public boolean isDynamic(T object) {
    return isDynamic(attributes, way);
  }

  @SuppressWarnings("unchecked") // an attribute of any super type serves the T that the way takes
  static <T> Entry<T> entry(Attribute<? super T> attribute, Way<? super T> way) {
    return switch ((Attribute<T>) attribute) {
      case TextAttribute<T> text -> text(text, way);
      case RawAttribute<T> raw -> raw(raw, way);
      case Attribute.Group<T> group ->
          new Entry.Group<>(group.name(), ofCode((AttributeSet<T>) group.attributes(), way));
      case Attribute.LinkTo<T> link -> new Entry.LinkTo<>(link.name(), path(link, way));
    };
  }

  private static <T> Function<? super T, String> path(
      Attribute.LinkTo<T> link, Way<? super T> way) {
    if (way == Way.STRAIGHT) {
      return link.path();
    }
    var operation = new Operation(Kind.FIND, link.name());
    return object -> {
      try {
        return way.ask(object, operation, () -> link.path().apply(object));
      } catch (DriverfsException e) {
        throw e;
      } catch (Exception e) {
        throw new DriverfsException(Errno.EIO, link.name(), "leads nowhere: " + e, e);
      }
    };
  }

  private static <T> FileEntry<T> text(TextAttribute<T> text, Way<? super T> way) {
    FileEntry<T> file = FileEntry.text(text.name(), text.mode(), show(text, way), store(text, way));
    return way.owned(text.isConstant() ? file.constant() : file).madeFrom(text);
  }

  private static <T> FileEntry<T> raw(RawAttribute<T> raw, Way<? super T> way) {
    FileEntry<T> file =
        FileEntry.raw(
            raw.name(), raw.mode(), (object, mode, caller) -> open(raw, way, object, mode, caller));
    return way.owned(file).sized(raw.size()).madeFrom(raw);
  }

  private static <T> FileEntry.@Nullable Show<T> show(TextAttribute<T> text, Way<? super T> way) {
    TextAttribute.Show<? super T> show = text.show();
    var operation = new Operation(Kind.SHOW, text.name());
    return show == null
        ? null
        : object -> way.call(object, operation, () -> show.show(object)) + "\n";
  }

  private static <T> FileEntry.@Nullable Store<T> store(TextAttribute<T> text, Way<? super T> way) {
    TextAttribute.Store<? super T> store = text.store();
    var operation = new Operation(Kind.STORE, text.name());
    return store == null
        ? null
        : (object, value) ->
            way.call(
                object,
                operation,
                () -> {
                  store.store(
                      object,
                      value.endsWith("\n") ? value.substring(0, value.length() - 1) : value);
                  return true;
                });
  }

  private static <T> Content open(
      RawAttribute<T> raw, Way<? super T> way, T object, OpenMode mode, Caller caller)
      throws Exception {
    return way.call(
        object,
        new Operation(Kind.OPEN, raw.name()),
        () ->
            new ChannelContent<T>(
                raw.opener().open(object, mode.reads(), mode.writes(), caller),
                way,
                object,
                raw.name()));
  }
}
