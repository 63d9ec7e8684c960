package org.driverfs.model;

import java.util.List;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// Of some attributes those that an object has: the `is_visible` of sysfs's groups.
record VisibleAttributes<T>(
    AttributeSet<T> all, BiPredicate<? super T, ? super Attribute<? super T>> isVisible)
    implements AttributeSet<T> {
  @Override
  public List<? extends Attribute<? super T>> list(T object) {
    return all.list(object).stream().filter(it -> isVisible.test(object, it)).toList();
  }

  @Override
  public @Nullable Attribute<? super T> find(T object, String name) {
    Attribute<? super T> found = all.find(object, name);
    return found != null && isVisible.test(object, found) ? found : null;
  }
}
