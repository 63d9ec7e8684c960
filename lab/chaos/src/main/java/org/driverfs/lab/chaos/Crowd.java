package org.driverfs.lab.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.lab.chaos.Control.Answer;
import org.driverfs.lab.chaos.driver.Script;
import org.driverfs.lab.chaos.driver.Script.Shape;

/// The modules of a run: those that come, and those that are probably there. Thread-safe.
final class Crowd {
  private static final int MOST = 40;
  private static final int MOST_IN_SMALL_HEAP = 12;

  private final Options options;
  private final Jars jars;
  private final Path stop;
  private final Path mount;
  private final long began = System.nanoTime();
  private final ConcurrentMap<String, Member> members = new ConcurrentHashMap<>();
  private final AtomicInteger made = new AtomicInteger();
  private final AtomicBoolean isAsleep = new AtomicBoolean();

  /// @param stop a file that ends all chaos
  /// @param mount as the daemon sees it
  Crowd(Options options, Jars jars, Path stop, Path mount) {
    this.options = options;
    this.jars = jars;
    this.stop = stop;
    this.mount = mount;
  }

  /// Whether one more may come by now: all of them come evenly over the time.
  boolean mayGrow() {
    double part = (double) (System.nanoTime() - began) / options.time().toNanos();
    return made.get() < options.modules() && made.get() <= part * options.modules();
  }

  boolean isFull() {
    return members.size() >= (options.hasSmallHeap() ? MOST_IN_SMALL_HEAP : MOST);
  }

  int made() {
    return made.get();
  }

  /// One that was never there.
  Member next() {
    int index = made.getAndIncrement();
    return member("c" + index, options.seed() * 10_007 + index);
  }

  private static Member member(String name, long seed) {
    int draw = new Random(seed).nextInt(20);
    Shape shape = draw < 9 ? Shape.WHOLE : draw < 17 ? Shape.GUEST : Shape.NET;
    return new Member(name, name, seed, shape, 1);
  }

  /// One whose jar is where modules are looked for by name.
  Member findable(int number) {
    return member("m" + number, options.seed() * 10_009 + number);
  }

  static int findables() {
    return 3;
  }

  Path pack(Member member, int version) throws IOException {
    return jars.chaos(script(member), Integer.toString(version));
  }

  private Script script(Member member) {
    return new Script(
        member.module(),
        member.seed(),
        member.shape(),
        options.isCalm(),
        options.hasSmallHeap(),
        stop,
        mount);
  }

  Optional<Member> any(Random random) {
    List<Member> all = List.copyOf(members.values());
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
  }

  /// An interface that a driver of chaos may have.
  String anyInterface(Random random) {
    return "chaos" + random.nextInt(3) + (random.nextBoolean() ? "a" : "b");
  }

  /// @param answer of the command that was to load it: one whose init takes too long is there too
  void arrived(Member member, Optional<Answer> answer) {
    if (answer.isEmpty()
        || answer.get().status() == 0
        || answer.get().err().contains("ETIMEDOUT")) {
      members.put(member.name(), member);
    }
  }

  void upgraded(Member member) {
    members.replace(member.name(), member.upgraded());
  }

  /// @param answer of the command that was to unload it
  void left(Member member, Optional<Answer> answer) {
    if (answer.isPresent()
        && (answer.get().status() == 0 || answer.get().err().contains("ENOENT"))) {
      members.remove(member.name());
    }
  }

  /// Whether the whole system may be put to sleep now, by one at a time.
  boolean mayBeAsleep() {
    return isAsleep.compareAndSet(false, true);
  }

  void isAwake() {
    isAsleep.set(false);
  }
}
