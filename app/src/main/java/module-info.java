/// The `driverfs` command: daemon, verbs, configuration. The only composition root.
module org.driverfs.app {
  requires ch.qos.logback.classic;
  requires ch.qos.logback.core;
  requires info.picocli;
  requires java.compiler;
  requires org.driverfs.buses.linux;
  requires org.driverfs.export;
  requires org.driverfs.fuse;
  requires org.driverfs.loader;
  requires org.driverfs.posix;
  requires org.driverfs.toml;
  requires org.slf4j;
  requires static org.jspecify;

  provides ch.qos.logback.classic.spi.Configurator with
      org.driverfs.app.Logging;

  opens org.driverfs.app to
      info.picocli;
}
