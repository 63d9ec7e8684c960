/// Devices, drivers, buses, classes and modules. Knows no files.
module org.driverfs.model {
  requires transitive org.driverfs.errno;
  requires transitive org.driverfs.lifetime;
  requires static transitive org.jspecify;

  exports org.driverfs.model;
  exports org.driverfs.model.spi;
}
