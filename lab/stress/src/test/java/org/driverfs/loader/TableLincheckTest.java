package org.driverfs.loader;

import java.time.Duration;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.lab.stress.Linearizability;
import org.driverfs.model.Model;
import org.driverfs.model.Module;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The modules that are loaded, while several threads load and unload them: each change as if it
/// were the only one.
@Param(name = "label", gen = IntGen.class, conf = "1:3")
@Param(name = "thread", gen = ThreadIdGen.class)
public class TableLincheckTest {
  private static final int LABELS = 4;
  private static final int THREADS = 8;

  private final Table table;
  private final Module[] modules = new Module[LABELS];

  /// What each thread has claimed: only that may it give back or take out.
  private final @Nullable Loaded[][] claimed = new Loaded[THREADS][LABELS];

  /// For the checker.
  public TableLincheckTest() {
    var model = new Model();
    table = new Table(model.host());
    for (int i = 0; i < LABELS; i++) {
      modules[i] = new Module(Integer.toString(i), "1.0");
      model.register(modules[i]);
    }
  }

  /// Enters a module.
  ///
  /// @param provider what it needs; nothing if that is itself
  @Operation
  public String enter(@Param(name = "label") int label, @Param(name = "label") int provider) {
    List<String> depends = provider == label ? List.of() : List.of(Integer.toString(provider));
    try {
      table.enter(Integer.toString(label), depends, false, providers -> loaded(label, providers));
      return "entered";
    } catch (DriverfsException e) {
      return e.errno().name();
    }
  }

  private Loaded loaded(int label, List<Loaded> providers) {
    var manifest =
        new Manifest(Integer.toString(label), "1.0", List.of(), List.of(), List.of(), List.of());
    var loaded = new Loaded(manifest, modules[label], new Loaded.Origin(null, false), providers);
    loaded.claim = null; // whoever has loaded it gives it back at once
    return loaded;
  }

  /// Claims a module in order to unload it.
  @Operation
  public String claim(@Param(name = "thread") int thread, @Param(name = "label") int label)
      throws InterruptedException {
    Loaded loaded = table.find(Integer.toString(label)).orElse(null);
    try {
      if (loaded == null || !table.claim(loaded, "is claimed", Duration.ZERO)) {
        return "gone";
      }
      claimed[thread][label] = loaded;
      return "claimed";
    } catch (DriverfsException e) {
      return e.errno().name();
    }
  }

  /// Gives a claim back.
  @Operation
  public boolean unclaim(@Param(name = "thread") int thread, @Param(name = "label") int label) {
    Loaded mine = claimed[thread][label];
    claimed[thread][label] = null;
    if (mine != null) {
      table.unclaim(mine);
    }
    return mine != null;
  }

  /// Takes out a module that was claimed.
  @Operation
  public boolean leave(@Param(name = "thread") int thread, @Param(name = "label") int label) {
    Loaded mine = claimed[thread][label];
    claimed[thread][label] = null;
    if (mine != null) {
      table.leave(mine);
    }
    return mine != null;
  }

  /// What is loaded, in the order in which it was.
  @Operation
  public List<String> all() {
    return table.all().stream().map(Loaded::label).toList();
  }

  /// Whether a module is there and can be used.
  @Operation
  public boolean awaitLive(@Param(name = "label") int label) throws InterruptedException {
    return table.awaitLive(Integer.toString(label), Duration.ZERO) != null;
  }

  @Test
  void modules_ofSeveralThreads_comeAndGoInOneOrder() {
    Linearizability.check(TableLincheckTest.class);
  }
}
