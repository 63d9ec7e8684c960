package org.driverfs.leak;

import java.util.Map;
import java.util.concurrent.ExecutorService;
import org.driverfs.model.spi.DriverModule;
import org.driverfs.model.spi.ModuleContext;

/// A module that leaves an object of its own where the host put a place for it: in a table, or, if
/// there is an executor in that, in a ThreadLocal of its thread.
public final class Messy implements DriverModule {
  /// The key of that place among the system properties, which every module can see.
  static final String PLACE = "driverfs.test.place";

  /// For the service loader.
  public Messy() {}

  /// The class of what it leaves.
  static Class<?> mine() {
    return Mine.class;
  }

  @Override
  @SuppressWarnings("ThreadLocalUsage") // that is what it is here for
  public void init(ModuleContext context) {
    if (System.getProperties().get(PLACE) instanceof Map<?, ?> map) {
      @SuppressWarnings("unchecked")
      var place = (Map<String, Object>) map;
      Object mine = new Mine();
      if (place.get("executor") instanceof ExecutorService hosts) {
        var local = new ThreadLocal<Object>();
        hosts.execute(() -> local.set(mine));
      } else if (!place.isEmpty()) {
        place.put("mine", mine);
      }
    }
  }

  private static final class Mine {}
}
