package org.driverfs.leak;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.driverfs.loader.LeakFinder;
import shark.HeapAnalysis;
import shark.HeapAnalysisFailure;
import shark.HeapAnalysisSuccess;
import shark.HeapAnalyzer;
import shark.IgnoredReferenceMatcher;
import shark.LeakTrace;
import shark.MetadataExtractor;
import shark.OnAnalysisProgressListener;
import shark.ReferenceMatcher;
import shark.ReferencePattern.InstanceFieldPattern;

/// Dumps the heap of this JVM, and lets shark find the ways.
public final class HeapLeaks implements LeakFinder {
  /// References that keep nobody.
  private static final List<ReferenceMatcher> WEAK =
      List.of("WeakReference", "SoftReference", "PhantomReference", "FinalReference").stream()
          .<ReferenceMatcher>map(it ->
              new IgnoredReferenceMatcher(
                  new InstanceFieldPattern("java.lang.ref." + it, "referent")))
          .toList();

  private static final int MOST_WAYS = 5;

  /// For the service loader.
  public HeapLeaks() {}

  @Override
  public List<String> find(String loader, Path scratch) throws IOException {
    Path directory = Files.createTempDirectory(scratch, "driverfs-leak");
    Path dump = directory.resolve("heap.hprof");
    try {
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .dumpHeap(dump.toString(), true);
      return ways(loader, dump);
    } finally {
      Files.deleteIfExists(dump);
      Files.deleteIfExists(directory);
    }
  }

  @SuppressWarnings("deprecation") // what should be called instead cannot be from Java
  private static List<String> ways(String loader, Path dump) throws IOException {
    var names = new Names();
    HeapAnalysis analysis =
        new HeapAnalyzer(OnAnalysisProgressListener.Companion.getNO_OP())
            .analyze(
                dump.toFile(),
                new ObjectsOf(loader),
                WEAK,
                false,
                List.of(names),
                MetadataExtractor.Companion.getNO_OP(),
                null);
    return switch (analysis) {
      case HeapAnalysisSuccess success ->
          success.getApplicationLeaks().stream()
              .flatMap(leak -> leak.getLeakTraces().stream().limit(1))
              .sorted(Comparator.comparingInt((LeakTrace it) -> it.getReferencePath().size()))
              .limit(MOST_WAYS)
              .map(Way::text)
              .toList();
      case HeapAnalysisFailure failure ->
          throw new IOException("the heap dump cannot be read", failure.getException());
      default -> throw new IOException("the heap dump gives " + analysis);
    };
  }
}
