package org.driverfs.loader;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.driverfs.errno.DriverfsException;
import org.driverfs.model.ValueType;
import org.driverfs.toml.Section;

/// What a jar says of the module in it: its file `META-INF/driverfs/module.toml`.
///
///     name = "led"                     # letters, digits, - and _
///     version = "1.0"
///     description = "..."              # these three may be absent, as all that follows
///     author = "..."
///     licence = "Apache-2.0"
///     depends = ["gpio"]               # modules that must be loaded before
///     aliases = ["gpio:led-*"]         # <bus>:<glob> of ids that it has a driver for
///
///     [[parameter]]
///     name = "rate"
///     type = "integer"                 # text, integer, decimal, boolean or enumeration
///     default = "5"
///     min = 1                          # integers and decimals
///     max = 100
///     values = ["slow", "fast"]        # enumerations
///     description = "..."
///     writable = true                  # whether it can be set while the module is loaded
///
/// @param name what it is called, with the version its identity
/// @param text what else people read: description, author, licence
/// @param depends the names of the modules that it needs
/// @param aliases patterns of what devices it may be loaded for
record Manifest(
    String name,
    String version,
    List<String> text,
    List<String> depends,
    List<Alias> aliases,
    List<Parameter> parameters) {
  /// Where it is in the jar.
  static final String PATH = "META-INF/driverfs/module.toml";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9._+-]{1,64}");
  private static final Set<String> KEYS =
      Set.of(
          "name", "version", "description", "author", "licence", "depends", "aliases", "parameter");
  private static final Set<String> PARAMETER_KEYS =
      Set.of("name", "type", "default", "min", "max", "values", "description", "writable");

  /// Something that can be set.
  ///
  /// @param kind the word for the type
  /// @param type its values
  /// @param first its value when nobody says another
  /// @param isWritable whether it can be set while the module is loaded
  record Parameter(
      String name,
      String kind,
      ValueType<?> type,
      String first,
      String description,
      boolean isWritable) {}

  /// The name and the version.
  String identity() {
    return name + "@" + version;
  }

  /// @param file for messages
  /// @throws DriverfsException EINVAL for what cannot be a manifest, with line and column
  static Manifest parse(String file, String toml) {
    Section top = Section.parse(file, toml);
    top.requireKeys(KEYS);
    String name = require(top, "name", NAME, "1 to 64 letters, digits, - and _");
    String version = require(top, "version", VERSION, "1 to 64 letters, digits, ., _, + and -");
    List<Parameter> parameters = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Section each : top.sections("parameter")) {
      Parameter parameter = parameter(each);
      if (!names.add(parameter.name())) {
        throw each.wrong("name", "is there twice; give one of the two another name");
      }
      parameters.add(parameter);
    }
    return new Manifest(
        name,
        version,
        List.of(
            top.findText("description").orElse(""),
            top.findText("author").orElse(""),
            top.findText("licence").orElse("")),
        top.texts("depends"),
        top.texts("aliases").stream().map(text -> Alias.parse(top, text)).toList(),
        List.copyOf(parameters));
  }

  private static String require(Section section, String key, Pattern pattern, String wanted) {
    String text =
        section
            .findText(key)
            .orElseThrow(() -> section.wrong(section.at(), "has no `" + key + "`; add one"));
    if (!pattern.matcher(text).matches()) {
      throw section.wrong(key, "has " + wanted);
    }
    return text;
  }

  private static Parameter parameter(Section section) {
    section.requireKeys(PARAMETER_KEYS);
    String name = require(section, "name", NAME, "1 to 64 letters, digits, - and _");
    ValueType<?> type = type(section);
    String first = section.findText("default").orElse("");
    try {
      if (section.keys().contains("default")) {
        type.parse(first);
      }
    } catch (DriverfsException e) {
      throw section.wrong("default", e.sentence());
    }
    return new Parameter(
        name,
        kind(section),
        type,
        first,
        section.findText("description").orElse(""),
        section.find("writable", Boolean.class, "true or false").orElse(false));
  }

  private static String kind(Section section) {
    return section.findText("type").orElse("text");
  }

  private static ValueType<?> type(Section section) {
    if (limit(section, "min", Long.MIN_VALUE) > limit(section, "max", Long.MAX_VALUE)) {
      throw section.wrong("min", "is more than `max`");
    }
    return switch (kind(section)) {
      case "text" -> ValueType.ANY_TEXT;
      case "integer" ->
          ValueType.longInteger(
              limit(section, "min", Long.MIN_VALUE), limit(section, "max", Long.MAX_VALUE));
      case "decimal" ->
          ValueType.decimal(
              BigDecimal.valueOf(limit(section, "min", Long.MIN_VALUE)),
              BigDecimal.valueOf(limit(section, "max", Long.MAX_VALUE)));
      case "boolean" -> ValueType.bool();
      case "enumeration" -> ValueType.oneOf(section.texts("values"));
      default -> throw section.wrong("type", "is text, integer, decimal, boolean or enumeration");
    };
  }

  private static long limit(Section section, String key, long otherwise) {
    return section.find(key, Long.class, "a whole number").orElse(otherwise);
  }

  /// The parameter of that name.
  Optional<Parameter> findParameter(String wanted) {
    return parameters.stream().filter(it -> it.name().equals(wanted)).findAny();
  }
}
