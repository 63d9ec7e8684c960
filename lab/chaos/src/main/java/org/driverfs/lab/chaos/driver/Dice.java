package org.driverfs.lab.chaos.driver;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Draws deeds: for each callback of a module from a sequence of its own, so that the seed says
/// what the n-th call of it does.
final class Dice {
  private static final int CALM_WILDNESS = 20;

  private final Map<Callback, Random> sequences = new EnumMap<>(Callback.class);
  private final List<Deed> deeds;
  private final int weights;
  private final boolean isCalm;

  Dice(Script script) {
    this.isCalm = script.isCalm();
    this.deeds =
        Arrays.stream(Deed.values())
            .filter(deed -> deed.weight() > 0)
            .filter(deed -> deed.isCalm() || !script.isCalm())
            .filter(deed -> deed != Deed.EXHAUST || script.exhausts())
            .toList();
    this.weights = deeds.stream().mapToInt(Deed::weight).sum();
    for (Callback callback : Callback.values()) {
      sequences.put(callback, new Random(31 * script.seed() + callback.name().hashCode()));
    }
  }

  Deed draw(Callback callback) {
    int wildness = isCalm ? CALM_WILDNESS : callback.wildness();
    if (below(callback, 100) >= wildness || (isCalm && callback.isQuestion())) {
      return Deed.RETURN;
    }
    int left = below(callback, weights);
    for (Deed deed : deeds) {
      left -= deed.weight();
      if (left < 0) {
        return deed;
      }
    }
    return Deed.RETURN;
  }

  int below(Callback callback, int limit) {
    return sequences.get(callback).nextInt(limit);
  }

  /// How long to be away, in milliseconds: mostly briefly, sometimes for seconds, and now and then
  /// until all chaos ends.
  long millis(Callback callback) {
    int percent = below(callback, 100);
    return percent < 75
        ? 50 + below(callback, 1_500)
        : percent < 96 ? 1_500 + below(callback, 7_000) : Long.MAX_VALUE;
  }
}
