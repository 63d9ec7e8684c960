package org.driverfs.export;

import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.Power;

/// The group `power` of every device:
///
/// - `state` (read and write): `on`, `suspended` or `off`; writing `suspended` lets the device
///   sleep now, `on` wakes it
/// - `control` (read and write): `auto` if it may sleep when nobody uses it, else `on`
/// - `autosuspend_delay_ms` (read and write): for how long it has to be idle before that, in
///   milliseconds; never if negative
/// - `runtime_status` (read): see [Power#runtimeStatus]
/// - `active_time_ms`, `suspended_time_ms` (read): for how long it was active or not, in
///   milliseconds
final class PowerAttributes {
  private final Power power;

  PowerAttributes(Power power) {
    this.power = power;
  }

  Attribute<Device> group() {
    return new Attribute.Group<>("power", AttributeSet.of(attributes()));
  }

  private List<Attribute<Device>> attributes() {
    return List.of(
        Attribute.oneOf("state", "on", "suspended", "off")
            .description("whether the device works or sleeps")
            .readWrite(power::state, this::storeState),
        Attribute.oneOf("control", "on", "auto")
            .description("whether the device may sleep when nobody uses it")
            .readWrite(
                device -> power.isAuto(device) ? "auto" : "on",
                (device, value) -> power.auto(device, value.equals("auto"))),
        Attribute.longInteger("autosuspend_delay_ms", -1, Integer.MAX_VALUE)
            .unit("ms")
            .description("for how long the device has to be idle before it sleeps; -1 is for ever")
            .readWrite(power::autosuspendDelay, power::autosuspendDelay),
        Attribute.<Device>readOnly("runtime_status", power::runtimeStatus),
        time("active_time_ms", true),
        time("suspended_time_ms", false));
  }

  private Attribute<Device> time(String name, boolean active) {
    return Attribute.longInteger(name, 0, Long.MAX_VALUE)
        .unit("ms")
        .readOnly(device -> power.time(device, active));
  }

  private void storeState(Device device, String value) {
    switch (value) {
      case "on" -> power.wake(device);
      case "suspended" -> power.sleep(device);
      default ->
          throw new DriverfsException(
              Errno.EINVAL, "", "is off only when all are; takes on or suspended");
    }
  }
}
