package org.driverfs.app;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.driverfs.errno.DriverfsException;
import org.driverfs.model.Event;
import org.driverfs.model.Events;
import org.jspecify.annotations.Nullable;

/// A rule at work: what it has done, and whether that comes back to it.
///
/// It acts in one thread; the counts are for any.
final class ActiveRule {
  /// How many events, each the effect of the one before, a rule follows.
  static final int MOST_DEPTH = 8;

  private static final System.Logger LOG = System.getLogger("driverfs.rules");

  /// What a rule does at this moment.
  ///
  /// @param since of [System#nanoTime]
  record Work(String what, long since) {
    Duration age() {
      return Duration.ofNanos(System.nanoTime() - since);
    }
  }

  private final Rule rule;
  private final Echoes echoes;
  private final AtomicLong matched = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong stopped = new AtomicLong();
  private volatile @Nullable Work work;

  ActiveRule(Rule rule, LongSupplier nanoTime) {
    this.rule = rule;
    this.echoes = new Echoes(nanoTime);
  }

  Rule rule() {
    return rule;
  }

  /// How many events it matched, those it did not act on included.
  long matched() {
    return matched.get();
  }

  /// How many of its effects failed.
  long failed() {
    return failed.get();
  }

  /// How many events it did not act on because they come from its own doing.
  long stopped() {
    return stopped.get();
  }

  /// What it does now.
  Optional<Work> work() {
    return Optional.ofNullable(work);
  }

  /// Acts on an event if the rule matches. What fails is told in the log.
  void handle(Facts facts, World world) {
    if (!rule.matches(facts)) {
      return;
    }
    matched.incrementAndGet();
    Event event = facts.event();
    int depth = Math.max(event.depth(), echoes.depth(event.path()));
    if (depth >= MOST_DEPTH) {
      stopped.incrementAndGet();
      tell(facts, "not followed: it is the effect of " + depth + " others, one after another");
      return;
    }
    Events.at(depth + 1, () -> rule.effects().forEach(effect -> perform(effect, facts, world)));
    echoes.acted(event.path(), depth + 1);
  }

  private void perform(Effect effect, Facts facts, World world) {
    work = new Work(effect.describe(facts), System.nanoTime());
    try {
      effect.perform(facts, world);
    } catch (DriverfsException e) {
      failed.incrementAndGet();
      tell(facts, "cannot " + effect.describe(facts) + ": " + e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // the daemon ends
    } catch (RuntimeException | Error e) {
      failed.incrementAndGet();
      LOG.log(Level.ERROR, "rule " + rule.name() + " failed for " + facts.event(), e);
    } finally {
      work = null;
    }
  }

  private void tell(Facts facts, String what) {
    String event = EventLine.of(facts.event());
    LOG.log(Level.WARNING, "rule " + rule.name() + ", event " + event + ": " + what);
  }
}
