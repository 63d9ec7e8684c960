package org.driverfs.app;

import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.Subsystem;

/// The directory `driverfs` of the tree, where the daemon tells about itself.
final class About {
  private static final DirectoryType<Daemon> TYPE =
      new DirectoryType<>(
          new Subsystem<Daemon>() {},
          FileSet.of(
              FileEntry.<Daemon>readOnly("version", _ -> Version.text() + "\n").constant(),
              FileEntry.<Daemon>readOnly("status", daemon -> daemon.status().text())));

  private About() {}

  static void show(Daemon daemon) {
    daemon.world().tree().root().createDirectory("driverfs", TYPE, daemon);
  }
}
