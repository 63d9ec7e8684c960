package org.driverfs.fuse;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.driverfs.fuse.Things.Thing;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.Tree;

/// A mount in a Java machine of its own, which can be let run out of something. It is told what to
/// do line by line, and answers each with one line.
final class Shortage {
  private static final int WORKERS = 8;
  private static final long HELD = TimeUnit.MILLISECONDS.toNanos(200);

  private final Tree tree = new Tree();
  private final Things things = new Things();
  private final Thing thing = new Thing();
  private volatile boolean churns = true;

  private Shortage() {}

  /// @param args where to mount
  public static void main(String[] args) throws Exception {
    new Shortage().run(Path.of(args[0]));
  }

  private void run(Path directory) throws Exception {
    thing.extras = FileSet.of(FileEntry.<Thing>readOnly("greedy", _ -> takeAll()));
    tree.root().createDirectory("thing", things.type, thing);
    try (var mount = FuseMount.mount(tree, directory, new MountOptions("test", false, WORKERS));
        var orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      answer("ready");
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        answer(obey(mount, order));
      }
    }
  }

  private static void answer(String answer) {
    System.out.println(answer);
    System.out.flush();
  }

  private String obey(FuseMount mount, String order) {
    try {
      return switch (order) {
        case "leave" -> leave();
        case "settle" -> {
          mount.settle(Duration.ofSeconds(20));
          yield "settled";
        }
        case "churn" -> {
          churn();
          yield "churning";
        }
        case "calm" -> {
          churns = false;
          yield "calm";
        }
        case "statistics" -> mount.statistics().toString();
        default -> tree.root().createDirectory(order).path();
      };
    } catch (Throwable t) {
      return t.toString();
    }
  }

  private String leave() {
    thing.leave.countDown();
    return "left";
  }

  /// Takes all the memory that there is, to the last bit of it, and keeps it for a while.
  private static String takeAll() {
    Object[] chain = {};
    for (int size = 1 << 16; size > 0; size >>= 8) {
      try {
        for (int i = 0; i < Integer.MAX_VALUE; i++) {
          chain = new Object[] {chain, new byte[size]};
        }
      } catch (OutOfMemoryError e) {
        // smaller ones may still fit
      }
    }
    LockSupport.parkNanos(HELD);
    throw new IllegalStateException("there is no more than " + chain.length);
  }

  private void churn() {
    Thread.ofPlatform().daemon().start(this::changeTree);
  }

  private void changeTree() {
    while (churns) {
      try {
        tree.root().createDirectory("churning");
        tree.root().remove("churning");
        Thread.sleep(1);
      } catch (Throwable t) {
        removeAgain();
      }
    }
  }

  private void removeAgain() {
    try {
      tree.root().remove("churning");
    } catch (Throwable t) {
      // It is not there, or there is no memory for that either.
    }
  }
}
