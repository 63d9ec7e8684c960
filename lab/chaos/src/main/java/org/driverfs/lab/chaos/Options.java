package org.driverfs.lab.chaos;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a run is to be.
///
/// @param seed of all that is drawn
/// @param time how long there is chaos
/// @param modules how many are loaded at most, spread over that time
/// @param heap of the daemon, as the JVM's -Xmx has it
/// @param files how many descriptors the daemon may have; null for as many as usual
/// @param isCalm whether the modules behave
public record Options(
    long seed, Duration time, int modules, String heap, @Nullable Integer files, boolean isCalm) {
  private static final String USAGE =
      "run [--seconds N] [--modules N] [--seed S] [--heap SIZE] [--files N] [--calm]";
  private static final int MODULES_IN_TEN_MINUTES = 2_000;
  private static final int SMALL_MEBIBYTES = 128;

  /// Chaos for some time, as dense as 2,000 modules in ten minutes.
  public static Options of(long seed, Duration time) {
    int modules = (int) (MODULES_IN_TEN_MINUTES * time.toSeconds() / 600);
    return new Options(seed, time, modules, "512m", null, false);
  }

  /// @throws IllegalArgumentException with the usage, for anything else
  static Options parse(List<String> words) {
    Deque<String> left = new ArrayDeque<>(words);
    Options options = of(System.nanoTime() & 0xFFFFFF, Duration.ofMinutes(10));
    try {
      while (!left.isEmpty()) {
        options = options.with(left.pop(), left);
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(USAGE, e);
    }
    return options;
  }

  private Options with(String option, Deque<String> left) {
    if (option.equals("--calm")) {
      return new Options(seed, time, modules, heap, files, true);
    }
    if (left.isEmpty()) {
      throw new IllegalArgumentException(USAGE);
    }
    String value = left.pop();
    return switch (option) {
      case "--seconds" -> {
        Options other = of(seed, Duration.ofSeconds(Long.parseLong(value)));
        yield new Options(seed, other.time, other.modules, heap, files, isCalm);
      }
      case "--modules" -> new Options(seed, time, Integer.parseInt(value), heap, files, isCalm);
      case "--seed" -> new Options(Long.parseLong(value), time, modules, heap, files, isCalm);
      case "--heap" -> new Options(seed, time, modules, value, files, isCalm);
      case "--files" -> new Options(seed, time, modules, heap, Integer.valueOf(value), isCalm);
      default -> throw new IllegalArgumentException(USAGE);
    };
  }

  /// Whether the heap is so small that a module may fill it.
  boolean hasSmallHeap() {
    return heap.matches("\\d+m")
        && Integer.parseInt(heap.substring(0, heap.length() - 1)) <= SMALL_MEBIBYTES;
  }
}
