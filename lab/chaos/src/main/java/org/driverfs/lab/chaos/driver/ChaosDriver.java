package org.driverfs.lab.chaos.driver;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Attribute;
import org.driverfs.model.Context;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.RuntimePower;
import org.driverfs.model.SleepLevel;
import org.driverfs.model.WakeLevel;

/// All that a driver can be asked.
final class ChaosDriver implements Driver.Callbacks, RuntimePower {
  private final Deeds deeds;

  ChaosDriver(Deeds deeds) {
    this.deeds = deeds;
  }

  @Override
  public void probe(Device device, Context context) {
    deeds.framework().bound(device, context);
    context.own("chaos", () -> deeds.in(Callback.CLOSE_OWNED));
    context.add(Attribute.readOnly("given", _ -> deeds.in(Callback.SHOW).name()));
    deeds.in(Callback.PROBE);
    context.own("more chaos", () -> deeds.in(Callback.CLOSE_OWNED));
  }

  @Override
  public int bid(Device device, int score) {
    if (deeds.script().shape() == Script.Shape.NET && !device.name().startsWith("chaos")) {
      throw new DriverfsException(Errno.ENODEV, device.path(), "is none of chaos");
    }
    return switch (deeds.in(Callback.BID)) {
      case NULL -> Integer.MIN_VALUE;
      case WRONG -> Integer.MAX_VALUE;
      default -> score;
    };
  }

  @Override
  public void remove(Device device) {
    deeds.framework().lost(device);
    deeds.in(Callback.REMOVE);
  }

  @Override
  public Map<String, String> save(Device device) {
    return switch (deeds.in(Callback.SAVE)) {
      case NULL -> null;
      case WRONG -> new Treasure(deeds);
      default -> Map.of("state", "saved");
    };
  }

  @Override
  public void suspend(Device device, SleepLevel level) {
    deeds.in(Callback.SUSPEND);
  }

  @Override
  public void resume(Device device, WakeLevel level) {
    deeds.in(Callback.RESUME);
  }

  @Override
  public void shutdown(Device device) {
    deeds.in(Callback.SHUTDOWN);
  }

  @Override
  public void suspend(Device device) {
    deeds.in(Callback.RUNTIME_SUSPEND);
  }

  @Override
  public void resume(Device device) {
    deeds.in(Callback.RUNTIME_RESUME);
  }

  /// A map that does not want to be copied.
  private static final class Treasure extends AbstractMap<String, String> {
    private final Deeds deeds;

    Treasure(Deeds deeds) {
      this.deeds = deeds;
    }

    @Override
    public Set<Entry<String, String>> entrySet() {
      return deeds.in(Callback.COPY) == Deed.NULL ? null : Map.of("state", "treasure").entrySet();
    }
  }
}
