package org.driverfs.lab.chaos.driver;

import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Properties;
import java.util.logging.ConsoleHandler;
import java.util.logging.Logger;
import javax.management.JMException;
import javax.management.ObjectName;

/// What a careless module leaves behind in the JVM.
final class Leavings {
  /// How many kinds there are.
  static final int KINDS = 6;

  private final Deeds deeds;

  Leavings(Deeds deeds) {
    this.deeds = deeds;
  }

  void leave(int kind) {
    try {
      switch (kind) {
        case 0 -> bean();
        case 1 -> DriverManager.registerDriver(new Nothing());
        case 2 -> Runtime.getRuntime().addShutdownHook(new Thread(() -> {}, "chaos-hook"));
        case 3 -> Thread.setDefaultUncaughtExceptionHandler((_, _) -> deeds.in(Callback.UNCAUGHT));
        case 4 -> Logger.getLogger("chaos").addHandler(new Loud());
        default -> Thread.currentThread().setContextClassLoader(getClass().getClassLoader());
      }
    } catch (JMException | SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void bean() throws JMException {
    ManagementFactory.getPlatformMBeanServer()
        .registerMBean(
            new Bean(), new ObjectName("chaos:name=" + deeds.script().name() + System.nanoTime()));
  }

  /// What is shown of a [Bean].
  public interface BeanMBean {
    /// Something.
    int getNothing();
  }

  /// Left in the server of the JVM.
  public static final class Bean implements BeanMBean {
    @Override
    public int getNothing() {
      return 0;
    }
  }

  /// Left among the handlers of a logger.
  private static final class Loud extends ConsoleHandler {}

  /// Left among the drivers for data bases.
  private static final class Nothing implements Driver {
    @Override
    public Connection connect(String url, Properties info) {
      return null;
    }

    @Override
    public boolean acceptsURL(String url) {
      return false;
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) {
      return new DriverPropertyInfo[0];
    }

    @Override
    public int getMajorVersion() {
      return 1;
    }

    @Override
    public int getMinorVersion() {
      return 0;
    }

    @Override
    public boolean jdbcCompliant() {
      return false;
    }

    @Override
    public Logger getParentLogger() {
      return Logger.getGlobal();
    }
  }
}
