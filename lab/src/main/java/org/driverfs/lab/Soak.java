package org.driverfs.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.export.Export;
import org.driverfs.lifetime.Caller;
import org.driverfs.loader.Modules;
import org.driverfs.loader.Receipt;
import org.driverfs.loader.Way;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Event.Action;
import org.driverfs.model.Events;
import org.driverfs.model.Model;
import org.driverfs.tree.File;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenMode;
import org.driverfs.tree.Tree;

/// Loads a module, lets it have four devices, reads and unloads it, again and again, while two
/// threads open and read its files; then upgrades it again and again. Prints what was there before
/// and after, and how long unloading took.
public final class Soak {
  private static final int DEVICES = 4;
  private static final int WARMUP = 500;
  private static final int BATCH = 32;
  private static final long MOST_NANOS = 50_000_000; // at the quantile 0.999
  private static final Duration LONG = Duration.ofSeconds(60);

  private final Model model = new Model();
  private final Tree tree = new Tree();
  private final Modules modules = new Modules(model, Modules.Options.DEFAULT);
  private final Bus bus = new Bus("soak");
  private final AtomicLong ended = new AtomicLong(-1);
  private final AtomicLong late = new AtomicLong();
  private final AtomicLong values = new AtomicLong();
  private final AtomicLong gone = new AtomicLong();
  private final AtomicLong wrong = new AtomicLong();
  private long notCollected;
  private volatile boolean isOver;
  private volatile boolean mayBeGone = true;

  private Soak() {
    Export.of(model, tree);
    model.register(bus);
    for (int i = 0; i < DEVICES; i++) {
      var type = new DeviceType("soak", List.of("soak"), AttributeSet.none(), _ -> {});
      model.register(Device.builder("soak" + i).bus(bus).type(type).build());
    }
    LongPredicate isOverFor = cycle -> cycle <= ended.get();
    Runnable sing = late::incrementAndGet;
    System.getProperties().put("driverfs.soak", new Object[] {isOverFor, sing});
  }

  /// Runs it.
  ///
  /// @param args how many cycles (100,000) and how many upgrades (1,000)
  public static void main(String[] args) throws Exception {
    int cycles = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
    int upgrades = args.length > 1 ? Integer.parseInt(args[1]) : 1_000;
    Path directory = Files.createTempDirectory("driverfs-soak");
    List<Path> jars = List.of(SoakedJar.make(directory, "1.0"), SoakedJar.make(directory, "2.0"));
    System.exit(new Soak().run(jars, cycles, upgrades) ? 0 : 1);
  }

  private boolean run(List<Path> jars, int cycles, int upgrades) throws InterruptedException {
    List<Thread> readers =
        List.of(
            Thread.ofPlatform().start(() -> readOnAndOn(0)),
            Thread.ofPlatform().start(() -> readOnAndOn(1)));
    Device device = bus.findDevice("soak0").orElseThrow();
    for (int i = 0; i < Events.KEPT; i++) { // so that the events that are kept do not count
      model.publish(device, Action.CHANGE, Map.of("DRIVER", "soaked"));
    }
    cycles(jars.getFirst(), 0, WARMUP);
    Footprint before = Footprint.now();
    long[] nanos = cycles(jars.getFirst(), WARMUP, cycles);
    Footprint after = Footprint.now();
    boolean isBack = after.isBackAt(before);
    System.out.printf(
        "before: %s%nafter:  %s: %s%n",
        before, after, isBack ? "nothing stays" : "SOMETHING STAYS");
    boolean isFast = tellUnloads(nanos);
    boolean areUpgraded = upgrade(jars, upgrades);
    isOver = true;
    for (Thread reader : readers) {
      reader.join();
    }
    System.out.printf(
        "%d reads gave a value, %d ENOENT or ENODEV, %d something else%n",
        values.get(), gone.get(), wrong.get());
    System.out.printf(
        "callbacks after their receipt: %d; class loaders not collected: %d%n",
        late.get(), notCollected);
    return isBack
        && isFast
        && areUpgraded
        && wrong.get() == 0
        && late.get() == 0
        && notCollected == 0;
  }

  private long[] cycles(Path jar, int first, int count) throws InterruptedException {
    long[] nanos = new long[count];
    List<Receipt> batch = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      modules.insmod(jar, Map.of("cycle", Integer.toString(first + i)));
      model.settle(LONG);
      for (int device = 0; device < DEVICES; device++) {
        read(device);
      }
      long collecting = collectingMillis();
      Receipt receipt = modules.rmmod("soaked", new Way.Revoke(LONG));
      ended.set(first + i);
      long collected = 1_000_000 * (collectingMillis() - collecting);
      nanos[i] = Math.max(0, receipt.course().took().toNanos() - collected);
      batch.add(receipt);
      if (batch.size() == BATCH || i == count - 1) {
        awaitCollected(batch);
      }
    }
    return nanos;
  }

  private void awaitCollected(List<Receipt> batch) throws InterruptedException {
    for (Receipt receipt : batch) {
      if (!modules.receipts().awaitCollected(receipt, LONG).isClean()) {
        notCollected++;
        System.out.println(modules.receipts().find(receipt.number()).orElse(receipt).text());
      }
    }
    batch.clear();
  }

  private static boolean tellUnloads(long[] nanos) {
    Arrays.sort(nanos);
    boolean isMet = nanos[(int) (nanos.length * 0.999)] <= MOST_NANOS;
    System.out.printf(
        "unload, the collector aside: median %.2f ms, p99.9 %.2f ms, longest %.2f ms"
            + " (callbacks take none; p99.9 at most 50 ms: %s)%n",
        nanos[nanos.length / 2] / 1e6,
        nanos[(int) (nanos.length * 0.999)] / 1e6,
        nanos[nanos.length - 1] / 1e6,
        isMet ? "met" : "NOT met");
    return isMet;
  }

  private boolean upgrade(List<Path> jars, int count) throws InterruptedException {
    modules.insmod(jars.getFirst(), Map.of("cycle", Integer.toString(Integer.MAX_VALUE)));
    model.settle(LONG);
    mayBeGone = false;
    boolean isRight = true;
    OpenFile held = open(2);
    for (int i = 1; i <= count; i++) {
      Receipt receipt = modules.upgrade(jars.get(i % 2), LONG);
      isRight &= new String(held.readAll(), UTF_8).equals(i % 2 == 0 ? "1.0\n" : "2.0\n");
      if (i % BATCH == 0) {
        awaitCollected(new ArrayList<>(List.of(receipt)));
      }
    }
    mayBeGone = true;
    tree.openFiles().close(held);
    modules.rmmod("soaked", new Way.Revoke(LONG));
    System.out.printf(
        "%d upgrades under readers, a file held open: %s%n",
        count, isRight ? "right version after each" : "WRONG version");
    return isRight;
  }

  private OpenFile open(int device) {
    return tree.openFiles()
        .open(
            (File<?>) tree.resolve("root/soak" + device + "/song"),
            OpenMode.READ,
            Caller.SELF,
            this);
  }

  private void read(int device) {
    OpenFile file = open(device);
    try {
      String text = new String(file.readAll(), UTF_8);
      (text.equals("1.0\n") || text.equals("2.0\n") ? values : wrong).incrementAndGet();
    } finally {
      tree.openFiles().close(file);
    }
  }

  private void readOnAndOn(int device) {
    while (!isOver) {
      boolean isSure = !mayBeGone;
      try {
        read(device);
      } catch (DriverfsException e) {
        boolean isClean = e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV;
        (isClean && !(isSure && !mayBeGone) ? gone : wrong).incrementAndGet();
        LockSupport.parkNanos(100_000); // or two readers leave no time for the cycles
      } catch (RuntimeException e) {
        System.out.println("a reader got " + e);
        wrong.incrementAndGet();
      }
    }
  }

  private static long collectingMillis() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionTime)
        .sum();
  }
}
