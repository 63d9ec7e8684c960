package org.driverfs.app;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.driverfs.model.Event;
import org.jspecify.annotations.Nullable;

/// What rules know of an event: facts by name, which conditions look at and `${...}` stands for.
///
/// @param event what happened
/// @param driver of the device; null if it has none
record Facts(Event event, @Nullable String driver) {
  /// Before the name of a property of the event.
  static final String PROPERTY = "property.";

  static final Set<String> NAMES =
      new TreeSet<>(Set.of("action", "path", "bus", "name", "driver", "attribute", "sequence"));

  /// What there is to know of an event now.
  static Facts of(Event event, World world) {
    String told = event.properties().get("DRIVER");
    return new Facts(event, told != null ? told : world.findDriverName(event.path()).orElse(null));
  }

  /// Whether there can be such a fact.
  static boolean isKnown(String name) {
    return NAMES.contains(name) || (name.startsWith(PROPERTY) && name.length() > PROPERTY.length());
  }

  /// @return null if the event has none of that name
  @Nullable String find(String name) {
    return switch (name) {
      case "action" -> event.action().toString();
      case "path" -> event.path();
      case "bus" -> event.subsystem();
      case "name" -> event.path().substring(event.path().lastIndexOf('/') + 1);
      case "driver" -> driver;
      case "attribute" -> event.properties().get("ATTRIBUTE");
      case "sequence" -> Long.toString(event.sequence());
      default -> event.properties().get(name.substring(PROPERTY.length()));
    };
  }

  /// What the environment of a command tells.
  Map<String, String> environment() {
    Map<String, String> all = new TreeMap<>();
    for (String name : NAMES) {
      String value = find(name);
      if (value != null) {
        all.put("DRIVERFS_" + name.toUpperCase(Locale.ROOT), value);
      }
    }
    event.properties().forEach((name, value) -> all.put("DRIVERFS_PROPERTY_" + name, value));
    return all;
  }
}
