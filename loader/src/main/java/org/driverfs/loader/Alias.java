package org.driverfs.loader;

import java.util.regex.Pattern;
import org.driverfs.model.Device;
import org.driverfs.toml.Section;

/// A pattern of devices that a module may be loaded for, such as `usb:v1234*`: the name of a bus, a
/// colon, and an id, in which `*` is anything and `?` is one character.
///
/// @param text as it was written
record Alias(String text, String bus, Pattern id) {
  static Alias parse(Section section, String text) {
    int colon = text.indexOf(':');
    if (colon < 1 || colon == text.length() - 1) {
      throw section.wrong("aliases", "has the form <bus>:<id>, such as usb:v1234*; see " + text);
    }
    var regex = new StringBuilder();
    for (char c : text.substring(colon + 1).toCharArray()) {
      regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
    }
    return new Alias(text, text.substring(0, colon), Pattern.compile(regex.toString()));
  }

  boolean matches(Device device) {
    return device.bus().filter(it -> it.name().equals(bus)).isPresent()
        && device.ids().stream().anyMatch(it -> id.matcher(it).matches());
  }
}
