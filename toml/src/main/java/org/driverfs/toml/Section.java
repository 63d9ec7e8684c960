package org.driverfs.toml;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/// A table of a TOML file, which tells where in the file something is wrong.
///
/// @param file for messages
/// @param table what is in it
/// @param at where it begins; null for the whole file
public record Section(String file, TomlTable table, @Nullable TomlPosition at) {
  /// The whole of a text.
  ///
  /// @param file for messages
  /// @throws DriverfsException EINVAL for wrong syntax
  public static Section parse(String file, String text) {
    TomlParseResult toml = tables(file, text);
    var top = new Section(file, toml, null);
    for (TomlParseError error : toml.errors()) {
      throw top.wrong(error.position(), Objects.requireNonNull(error.getMessage()));
    }
    return top;
  }

  private static TomlParseResult tables(String file, String text) {
    try {
      return Toml.parse(text);
    } catch (RuntimeException e) { // the parser fails at some of the texts that are no TOML
      throw new DriverfsException(Errno.EINVAL, file, "is no TOML; look for odd characters", e);
    }
  }

  /// Knows no other keys.
  ///
  /// @throws DriverfsException EINVAL for a key that is none of these
  public void requireKeys(Set<String> known) {
    for (String key : keys()) {
      if (!known.contains(key)) {
        throw wrong(key, "is no key; known are " + String.join(", ", new TreeSet<>(known)));
      }
    }
  }

  /// The keys that are there.
  public Set<String> keys() {
    return table.keySet();
  }

  /// The value of a key.
  ///
  /// @param wanted what such a value is, for the message
  /// @throws DriverfsException EINVAL if it is something else
  public <V> Optional<V> find(String key, Class<V> type, String wanted) {
    Object value = table.get(List.of(key));
    if (value != null && !type.isInstance(value)) {
      throw wrong(key, "is " + wanted);
    }
    return Optional.ofNullable(value).map(type::cast);
  }

  /// The text of a key.
  public Optional<String> findText(String key) {
    return find(key, String.class, "a text in quotes");
  }

  /// The table of a key.
  public Optional<Section> findSection(String key) {
    return find(key, TomlTable.class, "a table: " + key + " = { KEY = \"TEXT\" }")
        .map(inner -> new Section(file, inner, position(key)));
  }

  /// The tables of an array: each `[[key]]`.
  public List<Section> sections(String key) {
    return elements(key, TomlTable.class, "an array of tables, each with [[" + key + "]] above it")
        .map(inner -> new Section(file, inner.getValue(), inner.getKey()))
        .toList();
  }

  /// The texts of an array.
  public List<String> texts(String key) {
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

  /// A text of a key as a path.
  ///
  /// @throws DriverfsException EINVAL if it cannot be one
  public Path path(String key, String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw wrong(key, "is no path: " + e.getReason());
    }
  }

  /// What is wrong with the value of a key: EINVAL with file, line and column.
  public DriverfsException wrong(String key, String sentence) {
    return wrong(position(key), "`" + key + "` " + sentence);
  }

  /// What is wrong at some place: EINVAL with file, line and column.
  public DriverfsException wrong(@Nullable TomlPosition position, String sentence) {
    String where = position == null ? file : file + ":" + position.line() + ":" + position.column();
    return new DriverfsException(Errno.EINVAL, where, sentence);
  }

  private @Nullable TomlPosition position(String key) {
    return table.inputPositionOf(List.of(key));
  }
}
