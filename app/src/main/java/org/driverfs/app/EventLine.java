package org.driverfs.app;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Event;
import org.driverfs.model.Event.Action;

/// An event as a line of text, as `monitor` prints it and `rules test` takes it: `17 bind
/// virtual/net/lo (net) DRIVER=netif`. Only action and path must be there.
final class EventLine {
  private static final String PROPERTY = "[A-Z][A-Z0-9_]*=";
  private static final Pattern LINE =
      Pattern.compile(
          "(?:(\\d{1,18}) )?(\\w+) (.+?)(?: \\(([^() ]*)\\))?((?: " + PROPERTY + ".*)?)",
          Pattern.DOTALL);

  private EventLine() {}

  static String of(Event event) {
    String properties =
        new TreeMap<>(event.properties())
            .entrySet().stream()
                .map(property -> " " + property.getKey() + "=" + property.getValue())
                .collect(Collectors.joining());
    return "%d %s %s (%s)%s"
        .formatted(event.sequence(), event.action(), event.path(), event.subsystem(), properties);
  }

  /// @throws DriverfsException EINVAL if it is no event
  static Event parse(String line) {
    Matcher parts = LINE.matcher(line.strip());
    if (!parts.matches()) {
      throw new DriverfsException(
          Errno.EINVAL, line, "is no event; write it as `driverfs monitor` does");
    }
    String sequence = parts.group(1);
    String subsystem = parts.group(4);
    return new Event(
        sequence == null ? 0 : Long.parseLong(sequence),
        action(parts.group(2)),
        parts.group(3),
        subsystem == null ? "" : subsystem,
        properties(parts.group(5)),
        0);
  }

  private static Action action(String name) {
    return Arrays.stream(Action.values())
        .filter(action -> action.toString().equals(name))
        .findAny()
        .orElseThrow(() ->
            new DriverfsException(
                Errno.EINVAL, name, "is no action; known are " + Arrays.toString(Action.values())));
  }

  private static Map<String, String> properties(String text) {
    return Arrays.stream(text.split(" (?=" + PROPERTY + ")", -1))
        .filter(property -> !property.isEmpty())
        .map(property -> property.split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1], (_, last) -> last));
  }
}
