package org.driverfs.leak;

import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import shark.HeapField;
import shark.HeapGraph;
import shark.HeapObject.HeapClass;
import shark.HeapObject.HeapInstance;
import shark.LeakingObjectFinder;

/// Finds a class loader by its name, its classes, and the objects of those: whoever holds one of
/// them holds all.
final class ObjectsOf implements LeakingObjectFinder {
  private static final String LOADER = "org.driverfs.loader.ModuleClassLoader";
  private static final int MOST = 500;

  private final String name;

  ObjectsOf(String name) {
    this.name = name;
  }

  @Override
  public Set<Long> findLeakingObjectIds(HeapGraph graph) {
    Set<Long> found = new LinkedHashSet<>();
    Set<Long> classes = new HashSet<>();
    for (HeapInstance each : iterable(graph.getInstances().iterator())) {
      if (each.getInstanceClassName().equals(LOADER) && name.equals(nameOf(each))) {
        found.add(each.getObjectId());
      }
    }
    for (HeapClass each : iterable(graph.getClasses().iterator())) {
      if (found.contains(each.readRecord().getClassLoaderId())) {
        classes.add(each.getObjectId());
      }
    }
    for (HeapInstance each : iterable(graph.getInstances().iterator())) {
      if (classes.contains(each.getInstanceClassId()) && found.size() < MOST) {
        found.add(each.getObjectId());
      }
    }
    found.addAll(classes);
    return found;
  }

  private static @Nullable String nameOf(HeapInstance loader) {
    HeapField field = loader.get("java.lang.ClassLoader", "name");
    return field == null ? null : field.getValue().readAsJavaString();
  }

  private static <T> Iterable<T> iterable(Iterator<T> iterator) {
    return () -> iterator;
  }
}
