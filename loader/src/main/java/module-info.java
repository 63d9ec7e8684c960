/// Driver modules: a jar in, a receipt out.
module org.driverfs.loader {
  requires java.logging;
  requires java.management;
  requires static java.sql;
  requires jdk.management;
  requires org.driverfs.toml;
  requires transitive org.driverfs.model;
  requires static transitive org.jspecify;

  uses org.driverfs.loader.LeakFinder;
  uses org.driverfs.model.spi.DriverModule;

  exports org.driverfs.loader;
  exports org.driverfs.loader.trap;
}
