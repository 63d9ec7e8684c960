package org.driverfs.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Attributes that are the same for each object and at all times.
record FixedAttributes<T>(List<Attribute<? super T>> all) implements AttributeSet<T> {
  @Override
  public List<Attribute<? super T>> list(T object) {
    return all;
  }

  @Override
  public @Nullable Attribute<? super T> find(T object, String name) {
    for (Attribute<? super T> attribute : all) {
      if (attribute.name().equals(name)) {
        return attribute;
      }
    }
    return null;
  }

  @Override
  public boolean isDynamic() {
    return false;
  }
}
