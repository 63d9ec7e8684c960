package org.driverfs.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.driverfs.tree.Listing;
import org.driverfs.tree.Node;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenFiles;
import org.driverfs.tree.OpenMode;

/// One reading of all files below a directory. Links are not followed.
final class SnapshotWalk {
  private final Turns turns;
  private final Caller caller;
  private final boolean isRecursive;
  final Map<String, byte[]> values = new TreeMap<>();
  final Map<String, Errno> failures = new TreeMap<>();

  /// @param isRecursive whether directories of other objects below are read too
  SnapshotWalk(Turns turns, Caller caller, boolean isRecursive) {
    this.turns = turns;
    this.caller = caller;
    this.isRecursive = isRecursive;
  }

  /// Reads the files of the directory's object, and then those of the objects below.
  ///
  /// @param prefix the path so far, empty or with a slash at its end
  /// @throws DriverfsException what listing the directory threw, or EBUSY
  void visit(Directory<?> directory, String prefix) throws InterruptedException {
    List<Directory<?>> others = new ArrayList<>();
    try (Turns.Turn _ = turns.take(directory.anchor())) {
      readFiles(directory, prefix, others);
    }
    for (Directory<?> other : isRecursive ? others : List.<Directory<?>>of()) {
      String path = prefix + other.name() + "/";
      try {
        visit(other, path);
      } catch (DriverfsException e) {
        failures.put(path, e.errno());
      }
    }
  }

  private <T> void readFiles(Directory<T> directory, String prefix, List<Directory<?>> others)
      throws InterruptedException {
    List<Node> nodes = new ArrayList<>();
    new Listing<>(directory).list(0, (node, _) -> nodes.add(node));
    for (Node node : nodes) {
      switch (node) {
        case File<?> file -> readFile(file, prefix + file.name());
        case Directory<?> group when group.isGroup() ->
            readGroup(group, prefix + group.name() + "/", others);
        case Directory<?> other -> others.add(other);
        default -> {} // a link
      }
    }
  }

  private void readGroup(Directory<?> group, String prefix, List<Directory<?>> others)
      throws InterruptedException {
    try {
      readFiles(group, prefix, others);
    } catch (DriverfsException e) {
      failures.put(prefix, e.errno());
    }
  }

  private void readFile(File<?> file, String path) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    try {
      values.put(path, read(file));
    } catch (DriverfsException e) {
      if (e.errno() == Errno.EINTR) {
        throw new InterruptedException();
      }
      failures.put(path, e.errno());
    }
  }

  private byte[] read(File<?> file) {
    OpenFiles files = file.directory().tree().openFiles();
    OpenFile open = files.open(file, OpenMode.READ, caller, this);
    try {
      return open.readAll(OpenFile.MAX_SHOW);
    } finally {
      files.close(open);
    }
  }
}
