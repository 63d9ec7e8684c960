package org.driverfs.loader;

import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Takes away the JDBC drivers of a class loader. It is defined in that loader once more, because
/// the JDK looks at who calls; so it may use nothing but the JDK.
@SuppressWarnings("ReferenceEquality") // a class loader is itself
final class JdbcDrivers {
  private JdbcDrivers() {}

  /// @return the classes of those that were registered by classes of this one's loader
  static List<String> take() throws SQLException {
    List<String> taken = new ArrayList<>();
    for (Driver driver : Collections.list(DriverManager.getDrivers())) {
      if (driver.getClass().getClassLoader() == JdbcDrivers.class.getClassLoader()) {
        DriverManager.deregisterDriver(driver);
        taken.add(driver.getClass().getName());
      }
    }
    return taken;
  }
}
