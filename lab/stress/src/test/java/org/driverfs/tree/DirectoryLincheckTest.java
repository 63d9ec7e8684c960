package org.driverfs.tree;

import java.util.Arrays;
import java.util.Objects;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lab.stress.Linearizability;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What is in a directory while several threads make, remove, look for and list its entries: as if
/// one had come after the other.
@Param(name = "name", gen = IntGen.class, conf = "1:3")
public class DirectoryLincheckTest {
  private final Directory<Void> directory = new Tree().root().createDirectory("directory");
  private final Directory<Void> moving = directory.createDirectory("1");

  /// Makes a subdirectory.
  ///
  /// @return EEXIST if there is one; null if it was made
  @Operation
  public @Nullable Errno create(@Param(name = "name") int name) {
    return refusal(() -> directory.createDirectory(Integer.toString(name)));
  }

  /// Removes a subdirectory.
  ///
  /// @return ENOENT if there is none; null if it was removed
  @Operation
  public @Nullable Errno remove(@Param(name = "name") int name) {
    return refusal(() -> directory.remove(Integer.toString(name)));
  }

  /// Looks for a subdirectory.
  @Operation
  public boolean find(@Param(name = "name") int name) {
    return directory.findChild(Integer.toString(name)).isPresent();
  }

  /// Gives one of the subdirectories another name, whatever it is called now.
  ///
  /// @return EEXIST, or ENOENT if it was removed; null if it was done
  @Operation
  public @Nullable Errno move(@Param(name = "name") int newName) {
    return refusal(() -> moving.moveTo(directory, Integer.toString(newName)));
  }

  /// How many entries one batch of a listing has, and where the one that is moved is among them. A
  /// walk as a whole is not of one moment, nor are the names that it reads of what it is given.
  @Operation
  public String list() {
    Entries children = Objects.requireNonNull(directory.children());
    var nodes = new Node[8];
    int count = children.list(0, nodes, new long[nodes.length]);
    return Arrays.asList(nodes).indexOf(moving) + " of " + count;
  }

  @Test
  void entries_ofSeveralThreads_comeAndGoInOneOrder() {
    Linearizability.check(DirectoryLincheckTest.class);
  }

  private static @Nullable Errno refusal(Runnable action) {
    try {
      action.run();
      return null;
    } catch (DriverfsException e) {
      return e.errno();
    }
  }
}
