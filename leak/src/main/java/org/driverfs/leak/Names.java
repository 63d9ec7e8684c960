package org.driverfs.leak;

import org.jspecify.annotations.Nullable;
import shark.HeapField;
import shark.HeapObject.HeapInstance;
import shark.ObjectInspector;
import shark.ObjectReporter;

/// Gives the objects on a way the names that people know them by.
final class Names implements ObjectInspector {
  @Override
  public void inspect(ObjectReporter reporter) {
    if (reporter.getHeapObject() instanceof HeapInstance instance) {
      if (instance.instanceOf("java.lang.Thread")) {
        add(reporter, "thread", text(instance, "java.lang.Thread", "name"));
      } else if (instance.instanceOf("java.lang.ClassLoader")) {
        add(reporter, "class loader", text(instance, "java.lang.ClassLoader", "name"));
      }
    }
  }

  private static void add(ObjectReporter reporter, String kind, @Nullable String name) {
    if (name != null) {
      reporter.getLabels().add(kind + " " + name);
    }
  }

  private static @Nullable String text(HeapInstance instance, String owner, String field) {
    HeapField found = instance.get(owner, field);
    return found == null ? null : found.getValue().readAsJavaString();
  }
}
