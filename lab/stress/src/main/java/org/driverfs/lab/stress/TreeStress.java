package org.driverfs.lab.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.driverfs.errno.DriverfsException;
import org.driverfs.lifetime.Caller;
import org.driverfs.lifetime.Refcounted;
import org.driverfs.lifetime.UseCount;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.File;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenMode;
import org.driverfs.tree.Subsystem;
import org.driverfs.tree.Tree;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/// A tree whose objects come and go while somebody looks.
public final class TreeStress {
  private TreeStress() {}

  /// An object that is freed when it was retired and its last user has left; a plain field says so.
  private static final class Thing extends Refcounted {
    private int freed;
    private int releases;

    boolean get() {
      return ref();
    }

    void put() {
      unref();
    }

    void unregister() {
      retire();
    }

    @Override
    protected void released() {
      freed = 1;
      releases++;
    }
  }

  private static final Subsystem<Thing> COUNTED =
      new Subsystem<>() {
        @Override
        public boolean get(Thing thing) {
          return thing.get();
        }

        @Override
        public void put(Thing thing) {
          thing.put();
        }
      };

  private static final DirectoryType<Thing> TYPE =
      new DirectoryType<>(
          COUNTED,
          FileSet.of(java.util.List.of(FileEntry.<Thing>readOnly("freed", it -> "" + it.freed))));

  /// Somebody opens and reads a file while its object is unregistered.
  @JCStressTest
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "read, and freed once after it")
  @Outcome(id = "-1, 1, 0", expect = ACCEPTABLE, desc = "ENOENT or ENODEV")
  @Outcome(id = "1, .*, .*", expect = FORBIDDEN, desc = "the show saw an object that was freed")
  @Outcome(expect = FORBIDDEN, desc = "not freed once, or a file stays open")
  @State
  public static class OpenAndUnregister {
    private final Tree tree = new Tree();
    private final Thing thing = new Thing();
    private final Directory<Thing> directory = tree.root().createDirectory("thing", TYPE, thing);

    /// Opens, reads and closes.
    @Actor
    public void reader(III_Result r) {
      r.r1 = -1;
      try {
        File<?> file = (File<?>) directory.require("freed");
        OpenFile open = tree.openFiles().open(file, OpenMode.READ, Caller.SELF, this);
        try {
          r.r1 = new String(open.readAll(), StandardCharsets.UTF_8).charAt(0) - '0';
        } finally {
          tree.openFiles().close(open);
        }
      } catch (DriverfsException _) {
        // it has gone
      }
    }

    /// Unregisters the object.
    @Actor
    public void remover() {
      tree.remove(directory);
      thing.unregister();
    }

    /// What is left.
    @Arbiter
    public void left(III_Result r) {
      r.r2 = thing.releases;
      r.r3 = tree.openFiles().size();
    }
  }

  /// Somebody opens a file while whoever its callbacks belong to begins to refuse, and then revokes
  /// what is open: nothing keeps that owner.
  @JCStressTest
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "opened, and revoked after it")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "ENODEV")
  @Outcome(expect = FORBIDDEN, desc = "a file stays open, and its owner pinned")
  @State
  public static class OpenAndRevoke {
    private final UseCount users = new UseCount();
    private final Subsystem<Thing> owner =
        new Subsystem<>() {
          @Override
          public boolean get(Thing thing) {
            return users.enterAt(0) != UseCount.REFUSED;
          }

          @Override
          public void put(Thing thing) {
            users.leave(UseCount.stripeOf(0));
          }
        };
    private final Tree tree = new Tree();
    private final File<Thing> file =
        tree.root()
            .createDirectory("thing", TYPE, new Thing())
            .createFile(FileEntry.<Thing>readOnly("owned", _ -> "").ownedBy(owner));

    /// Opens it, and never closes it.
    @Actor
    public void opener(II_Result r) {
      try {
        tree.openFiles().open(file, OpenMode.READ, Caller.SELF, this);
        r.r1 = 1;
      } catch (DriverfsException _) {
        // refused
      }
    }

    /// Begins an unloading.
    @Actor
    public void revoker() {
      try {
        users.close(Duration.ZERO);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      tree.openFiles().revoke(owner::equals);
    }

    /// Who is left.
    @Arbiter
    public void left(II_Result r) {
      r.r2 = (int) users.users();
    }
  }

  /// What an object says is written before its directory is made: whoever finds that sees it.
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not there yet")
  @Outcome(id = "1, 7", expect = ACCEPTABLE, desc = "there, as a whole")
  @Outcome(expect = FORBIDDEN, desc = "there, and not as it was made")
  @State
  public static class PublishAndLookUp {
    private final Tree tree = new Tree();

    /// Makes the directory of an object.
    @Actor
    public void maker() {
      int[] made = {7};
      tree.root().createDirectory("made", new DirectoryType<int[]>(null, FileSet.none()), made);
    }

    /// Looks for it.
    @Actor
    public void finder(II_Result r) {
      tree.root()
          .find("made")
          .ifPresent(node -> {
            r.r1 = 1;
            r.r2 = ((int[]) ((Directory<?>) node).object())[0];
          });
    }
  }

  /// Two make an entry of one name: one of them does.
  @JCStressTest
  @Outcome(
      id = {"1, 0", "0, 1"},
      expect = ACCEPTABLE,
      desc = "one has made it")
  @Outcome(expect = FORBIDDEN, desc = "both, or none")
  @State
  public static class MakeTwice {
    private final Tree tree = new Tree();

    private int make() {
      try {
        tree.root().createDirectory("made");
        return 1;
      } catch (DriverfsException _) {
        return 0;
      }
    }

    /// Makes it.
    @Actor
    public void first(II_Result r) {
      r.r1 = make();
    }

    /// Makes it too.
    @Actor
    public void second(II_Result r) {
      r.r2 = make();
    }
  }
}
