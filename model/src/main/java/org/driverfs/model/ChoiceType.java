package org.driverfs.model;

import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// Some values, each with its text.
///
/// @param choices never changed; the values by their texts
record ChoiceType<V>(String name, SequencedMap<String, V> choices, String unit)
    implements ValueType<V> {
  static final String ENUMERATION = "enumeration";

  @Override
  public ChoiceType<V> in(String newUnit) {
    return new ChoiceType<>(name, choices, newUnit);
  }

  @Override
  public V parse(String text) {
    V value = choices.get(text);
    if (value == null) {
      throw refusal(Errno.EINVAL, text);
    }
    return value;
  }

  @Override
  public String format(V value) {
    for (Map.Entry<String, V> choice : choices.entrySet()) {
      if (choice.getValue().equals(value)) {
        return choice.getKey();
      }
    }
    throw new DriverfsException(
        Errno.EIO, "", "its show gave '" + value + "', which is not " + allowed());
  }

  @Override
  public String allowed() {
    return choices.size() == 2
        ? String.join(" or ", choices.keySet())
        : "one of " + String.join(", ", choices.keySet());
  }

  @Override
  public Map<String, Object> limits() {
    return Map.of("values", List.copyOf(choices.keySet()));
  }
}
