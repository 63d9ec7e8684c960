/// The tree as a Linux mount; speaks the kernel's FUSE protocol itself.
module org.driverfs.fuse {
  requires transitive org.driverfs.tree;
  requires org.driverfs.posix;
  requires static transitive org.jspecify;

  exports org.driverfs.fuse;
}
