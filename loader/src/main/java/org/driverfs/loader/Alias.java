package org.driverfs.loader;

import java.util.regex.PatternSyntaxException;
import org.driverfs.model.Device;
import org.driverfs.toml.Glob;
import org.driverfs.toml.Section;

/// A pattern of devices that a module may be loaded for, such as `usb:v1234*`: the name of a bus, a
/// colon, and a [Glob] of ids.
///
/// @param text as it was written
record Alias(String text, String bus, Glob id) {
  static Alias parse(Section section, String text) {
    int colon = text.indexOf(':');
    if (colon < 1 || colon == text.length() - 1) {
      throw section.wrong("aliases", "has the form <bus>:<id>, such as usb:v1234*; see " + text);
    }
    try {
      return new Alias(text, text.substring(0, colon), new Glob(text.substring(colon + 1)));
    } catch (PatternSyntaxException e) {
      throw section.wrong("aliases", "has no pattern behind the colon: " + e.getDescription());
    }
  }

  boolean matches(Device device) {
    return device.bus().filter(it -> it.name().equals(bus)).isPresent()
        && device.ids().stream().anyMatch(id::matches);
  }
}
