/// The kernel's own devices as devices of the model.
module org.driverfs.buses.linux {
  requires transitive org.driverfs.model;
  requires org.driverfs.posix;
  requires static transitive org.jspecify;

  exports org.driverfs.buses.linux;
}
