package org.driverfs.export;

import java.util.ArrayList;
import java.util.List;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileSet;
import org.jspecify.annotations.Nullable;

/// Two sets of files in one directory; where both have a name, the first wins.
record Layers<T>(FileSet<T> first, FileSet<T> second) implements FileSet<T> {
  @Override
  public List<Entry<? super T>> list(T object) {
    List<Entry<? super T>> all = new ArrayList<>(first.list(object));
    for (Entry<? super T> entry : second.list(object)) {
      if (first.find(object, entry.name()) == null) {
        all.add(entry);
      }
    }
    return all;
  }

  @Override
  public @Nullable Entry<? super T> find(T object, String name) {
    Entry<? super T> entry = first.find(object, name);
    return entry == null ? second.find(object, name) : entry;
  }

  @Override
  public List<? extends Entry<? super T>> known(T object) {
    return new Layers<>(new Known<>(first), new Known<>(second)).list(object);
  }

  @Override
  public @Nullable Entry<? super T> findKnown(T object, String name) {
    Entry<? super T> entry = first.findKnown(object, name);
    return entry == null ? second.findKnown(object, name) : entry;
  }

  @Override
  public boolean isDynamic(T object) {
    return first.isDynamic(object) || second.isDynamic(object);
  }
}
