package org.driverfs.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/// A table of a configuration file, which tells where in the file something is wrong.
///
/// @param file for messages
/// @param table what is in it
/// @param at where it begins; null for the whole file
record Section(Path file, TomlTable table, @Nullable TomlPosition at) {
  /// @throws DriverfsException EINVAL for a key that is none of these
  void requireKeys(Set<String> known) {
    for (String key : keys()) {
      if (!known.contains(key)) {
        throw wrong(key, "is no key; known are " + String.join(", ", new TreeSet<>(known)));
      }
    }
  }

  Set<String> keys() {
    return table.keySet();
  }

  /// @param wanted what such a value is, for the message
  /// @throws DriverfsException EINVAL if it is something else
  <V> Optional<V> find(String key, Class<V> type, String wanted) {
    Object value = table.get(List.of(key));
    if (value != null && !type.isInstance(value)) {
      throw wrong(key, "is " + wanted);
    }
    return Optional.ofNullable(value).map(type::cast);
  }

  Optional<String> findText(String key) {
    return find(key, String.class, "a text in quotes");
  }

  Optional<Section> findSection(String key) {
    return find(key, TomlTable.class, "a table: " + key + " = { KEY = \"TEXT\" }")
        .map(inner -> new Section(file, inner, position(key)));
  }

  /// The tables of an array: each `[[key]]`.
  List<Section> sections(String key) {
    return elements(key, TomlTable.class, "an array of tables, each with [[" + key + "]] above it")
        .map(inner -> new Section(file, inner.getValue(), inner.getKey()))
        .toList();
  }

  /// The texts of an array.
  List<String> texts(String key) {
    return elements(key, String.class, "an array of texts in quotes").map(Entry::getValue).toList();
  }

  /// The elements of an array with their positions.
  private <V> Stream<Entry<TomlPosition, V>> elements(String key, Class<V> type, String wanted) {
    TomlArray array = find(key, TomlArray.class, wanted).orElse(null);
    if (array == null) {
      return Stream.of();
    }
    return IntStream.range(0, array.size())
        .mapToObj(i -> {
          if (!type.isInstance(array.get(i))) {
            throw wrong(array.inputPositionOf(i), "`" + key + "` is " + wanted);
          }
          return Map.entry(array.inputPositionOf(i), type.cast(array.get(i)));
        });
  }

  DriverfsException wrong(String key, String sentence) {
    return wrong(position(key), "`" + key + "` " + sentence);
  }

  DriverfsException wrong(@Nullable TomlPosition position, String sentence) {
    String where =
        position == null ? file.toString() : file + ":" + position.line() + ":" + position.column();
    return new DriverfsException(Errno.EINVAL, where, sentence);
  }

  private @Nullable TomlPosition position(String key) {
    return table.inputPositionOf(List.of(key));
  }
}
