package org.driverfs.leak;

import java.util.List;
import java.util.stream.Collectors;
import shark.LeakTrace;
import shark.LeakTraceObject;
import shark.LeakTraceReference;

/// One way from what is never collected to an object of a module, in words: first what to do about
/// it, then each step.
final class Way {
  private Way() {}

  static String text(LeakTrace trace) {
    List<LeakTraceReference> steps = trace.getReferencePath();
    String path = steps.stream().map(step -> "  " + step(step)).collect(Collectors.joining("\n"));
    return "%s\n  (%s)\n%s%s  is %s"
        .formatted(
            advice(steps, trace),
            trace.getGcRootType().getDescription(),
            path,
            path.isEmpty() ? "" : "\n",
            object(trace.getLeakingObject()));
  }

  private static String advice(List<LeakTraceReference> steps, LeakTrace trace) {
    String thread =
        steps.stream()
            .flatMap(step -> step.getOriginObject().getLabels().stream())
            .filter(label -> label.startsWith("thread "))
            .findFirst()
            .orElse("a thread");
    if (steps.stream().anyMatch(step -> step.getReferenceName().equals("threadLocals"))) {
      return "a ThreadLocal that was set in "
          + thread
          + ": remove() it there before the callback ends";
    }
    // Before the threads: a way from a thread to the classes of the host goes by its class loader.
    for (LeakTraceReference step : steps) {
      if (step.getReferenceType() == LeakTraceReference.ReferenceType.STATIC_FIELD) {
        return "static field %s.%s: take out in exit() what was put there"
            .formatted(step.getOwningClassName(), step.getReferenceName());
      }
    }
    if (trace.getGcRootType() == LeakTrace.GcRootType.JAVA_FRAME
        || trace.getGcRootType() == LeakTrace.GcRootType.THREAD_OBJECT) {
      return thread + " still has it: let it end in exit(), or start it through the context";
    }
    return "something that is never collected holds it: give it back in exit()";
  }

  private static String step(LeakTraceReference step) {
    String field =
        switch (step.getReferenceType()) {
          case ARRAY_ENTRY -> "[" + step.getReferenceName() + "]";
          case STATIC_FIELD -> " static ." + step.getReferenceName();
          default -> "." + step.getReferenceName();
        };
    return object(step.getOriginObject()) + field;
  }

  private static String object(LeakTraceObject object) {
    String labels = String.join(", ", object.getLabels());
    return object.getClassName() + (labels.isEmpty() ? "" : " (" + labels + ")");
  }
}
