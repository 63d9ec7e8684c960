package org.driverfs.loader;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.loader.Manifest.Parameter;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.ModuleRecord;
import org.driverfs.model.Schema;
import org.driverfs.model.TextAttribute;

/// The values of the parameters of one loading of a module. Thread-safe.
final class Parameters {
  private final String module;
  private final Map<String, Parameter> known = new LinkedHashMap<>();
  private final ConcurrentMap<String, String> values = new ConcurrentHashMap<>();
  private final Map<String, List<Consumer<String>>> listeners = new ConcurrentHashMap<>();

  /// @param given what was said when it was loaded
  /// @throws DriverfsException EINVAL for one that the manifest has not, or a value that it does
  ///   not take; ERANGE
  Parameters(Manifest manifest, Map<String, String> given) {
    this.module = manifest.name();
    for (Parameter parameter : manifest.parameters()) {
      known.put(parameter.name(), parameter);
      values.put(parameter.name(), parameter.first());
    }
    given.forEach((name, value) -> values.put(name, parsed(given(name), value)));
  }

  private Parameter given(String name) {
    Parameter parameter = known.get(name);
    if (parameter == null) {
      throw new DriverfsException(
          Errno.EINVAL,
          "module " + module,
          "has no parameter " + name + "; it has " + (known.isEmpty() ? "none" : known.keySet()));
    }
    return parameter;
  }

  private String parsed(Parameter parameter, String value) {
    try {
      parameter.type().parse(value);
      return value;
    } catch (DriverfsException e) {
      throw e.at("parameter " + parameter.name() + " of module " + module);
    }
  }

  /// @throws DriverfsException ENOENT if there is none of that name
  String value(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new DriverfsException(
          Errno.ENOENT, "module " + module, "its manifest has no parameter " + name);
    }
    return value;
  }

  /// Those values that another version takes too.
  Map<String, String> valuesFor(Manifest other) {
    Map<String, String> kept = new LinkedHashMap<>();
    for (Parameter parameter : other.parameters()) {
      String value = values.get(parameter.name());
      if (value != null && takes(parameter, value)) {
        kept.put(parameter.name(), value);
      }
    }
    return kept;
  }

  private static boolean takes(Parameter parameter, String value) {
    try {
      parameter.type().parse(value);
      return true;
    } catch (DriverfsException _) {
      return false;
    }
  }

  void listen(String name, Consumer<String> listener) {
    value(name);
    listeners.computeIfAbsent(name, _ -> new CopyOnWriteArrayList<>()).add(listener);
  }

  /// Nobody hears of new values any more.
  void close() {
    listeners.clear();
  }

  /// As files: with the module pinned and through the gate, since listeners are its code.
  AttributeSet<ModuleRecord> attributes() {
    List<Attribute<ModuleRecord>> all = new ArrayList<>();
    for (Parameter it : known.values()) {
      all.add(
          new TextAttribute<>(
              it.name(),
              it.isWritable() ? 0644 : 0444,
              _ -> value(it.name()),
              it.isWritable() ? (_, text) -> store(it, text) : null,
              new Schema(it.type(), false, it.description())));
    }
    return AttributeSet.of(all);
  }

  private void store(Parameter parameter, String text) {
    String value = parsed(parameter, text);
    listeners.getOrDefault(parameter.name(), List.of()).forEach(listener -> listener.accept(value));
    values.put(parameter.name(), value);
  }
}
