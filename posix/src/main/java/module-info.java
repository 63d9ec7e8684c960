/// The system calls that Java lacks, through the Foreign Function & Memory API.
module org.driverfs.posix {
  requires transitive org.driverfs.errno;
  requires static transitive org.jspecify;

  exports org.driverfs.posix;
}
