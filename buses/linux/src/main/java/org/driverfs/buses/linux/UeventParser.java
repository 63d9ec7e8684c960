package org.driverfs.buses.linux;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads the kernel's form of an event: `ACTION@DEVPATH`, then any number of `KEY=VALUE`, each
/// ended by a NUL. Whatever the bytes are, the answer is an event or the reason why there is none.
final class UeventParser {
  private UeventParser() {}

  /// @param message a whole message
  /// @return an event or a rejection
  static Received parse(byte[] message) {
    if (message.length == 0 || message[message.length - 1] != 0) {
      return new Received.Rejected("a uevent of " + message.length + " bytes does not end in NUL");
    }
    String text = new String(message, 0, message.length - 1, StandardCharsets.UTF_8);
    List<String> lines = List.of(text.split("\0", -1));
    String header = lines.getFirst();
    int at = header.indexOf('@');
    if (at < 0) {
      return rejected("no ACTION@DEVPATH", header);
    }
    Optional<Uevent.Action> action = Uevent.Action.of(header.substring(0, at));
    String path = header.substring(at + 1);
    if (action.isEmpty()) {
      return rejected("an unknown action", header);
    }
    if (!isPath(path)) {
      return rejected("no path below /sys", header);
    }
    return properties(action.get(), path, lines.subList(1, lines.size()));
  }

  private static Received properties(Uevent.Action action, String path, List<String> lines) {
    var properties = new LinkedHashMap<String, String>();
    for (String line : lines) {
      int equals = line.indexOf('=');
      if (equals <= 0) {
        return rejected("no KEY=VALUE", line);
      }
      properties.put(line.substring(0, equals), line.substring(equals + 1));
    }
    if (!path.equals(properties.get("DEVPATH"))) {
      return rejected("a DEVPATH that is not its header's", path);
    }
    if (!isNumber(properties.get("SEQNUM"))) {
      return rejected("no SEQNUM", path);
    }
    String old = properties.get("DEVPATH_OLD");
    if (old != null && !isPath(old)) {
      return rejected("no path below /sys in DEVPATH_OLD", old);
    }
    return new Received.Event(new Uevent(action, path, properties));
  }

  private static boolean isPath(String path) {
    if (!path.startsWith("/")) {
      return false;
    }
    for (String name : path.substring(1).split("/", -1)) {
      if (name.isEmpty() || name.equals(".") || name.equals("..")) {
        return false;
      }
    }
    return true;
  }

  private static boolean isNumber(@Nullable String text) {
    return text != null && text.matches("[0-9]{1,18}");
  }

  private static Received rejected(String what, String where) {
    return new Received.Rejected("a uevent with " + what + ": '" + where + "'");
  }
}
