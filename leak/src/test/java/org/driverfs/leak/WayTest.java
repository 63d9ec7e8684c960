package org.driverfs.leak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import shark.LeakTrace;
import shark.LeakTrace.GcRootType;
import shark.LeakTraceObject;
import shark.LeakTraceObject.LeakingStatus;
import shark.LeakTraceObject.ObjectType;
import shark.LeakTraceReference;
import shark.LeakTraceReference.ReferenceType;

class WayTest {
  private static final LeakTraceReference LOADER =
      step("java.lang.Thread", ReferenceType.INSTANCE_FIELD, "contextClassLoader", "thread main");
  private static final LeakTraceReference CLASSES =
      step("AppClassLoader", ReferenceType.INSTANCE_FIELD, "classes");
  private static final LeakTraceReference LISTENERS =
      step("org.host.Hub", ReferenceType.STATIC_FIELD, "LISTENERS");

  /// A thread knows the class loader of the host, and so all static fields of the host.
  @Test
  void text_fromAThreadThroughAStaticField_namesTheField() {
    assertThat(text(GcRootType.THREAD_OBJECT, LOADER, CLASSES, LISTENERS))
        .startsWith("static field org.host.Hub.LISTENERS: take out in exit() what was put there")
        .contains("Thread (thread main).contextClassLoader")
        .endsWith("is org.module.Work");
  }

  @Test
  void text_fromAThread_namesTheThread() {
    assertThat(text(GcRootType.THREAD_OBJECT, LOADER))
        .startsWith("thread main still has it: let it end in exit()");
    assertThat(text(GcRootType.JAVA_FRAME)).startsWith("a thread still has it");
  }

  @Test
  void text_fromElsewhere_saysSo() {
    assertThat(text(GcRootType.JNI_GLOBAL, CLASSES))
        .startsWith("something that is never collected holds it: give it back in exit()");
  }

  private static String text(GcRootType root, LeakTraceReference... steps) {
    return Way.text(new LeakTrace(root, List.of(steps), object("org.module.Work")));
  }

  private static LeakTraceReference step(
      String owner, ReferenceType type, String field, String... labels) {
    return new LeakTraceReference(object(owner, labels), type, owner, field);
  }

  private static LeakTraceObject object(String className, String... labels) {
    return new LeakTraceObject(
        ObjectType.INSTANCE, className, Set.of(labels), LeakingStatus.UNKNOWN, "", null, null);
  }
}
