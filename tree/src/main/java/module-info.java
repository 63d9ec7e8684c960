/// Directories, files, links and open files. Knows no devices.
module org.driverfs.tree {
  requires transitive org.driverfs.errno;
  requires transitive org.driverfs.lifetime;
  requires static transitive org.jspecify;

  exports org.driverfs.tree;
}
