package org.driverfs.export;

import static java.util.stream.Collectors.joining;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.Event.Action;
import org.driverfs.model.Kobject;
import org.driverfs.model.Model;

/// What every device has, and what those on a bus have besides, to see and say who drives them.
///
/// - `name` (read)
/// - `uevent` (read and write): what the events of the device tell of it; an action that is written
///   there, such as `add`, is published once more, with `REPLAYED=1`; EINVAL for anything else
/// - `modalias` (read): the bus and the most specific id, with a colon between
/// - `why` (read): for each driver of the bus a line that says why it has the device or has it not
/// - `driver_override` (read and write): the only driver that may have the device; empty for any
/// - `power/` (see [PowerAttributes])
/// - `driver_policy` (read and write): `keep`, or `better` if a driver that suits the device better
///   takes over; EINVAL for anything else
final class DeviceAttributes {
  static final Duration PROBE_DEADLINE = Duration.ofSeconds(5);

  private final Model model;

  DeviceAttributes(Model model) {
    this.model = model;
  }

  AttributeSet<Device> ofAll() {
    return AttributeSet.of(common());
  }

  AttributeSet<Device> onBus() {
    List<Attribute<? super Device>> all = new ArrayList<>(common());
    all.add(Attribute.<Device>readOnly("modalias", DeviceAttributes::modalias));
    all.add(Attribute.<Device>readOnly("why", it -> String.join("\n", model.matching().why(it))));
    all.add(
        Attribute.<Device>readWrite(
            "driver_override",
            it -> model.matching().findOverride(it).orElse(""),
            model.matching()::override));
    all.add(
        Attribute.oneOf("driver_policy", "keep", "better")
            .description("whether a driver that suits the device better takes over")
            .readWrite(
                device -> model.matching().takesBetter(device) ? "better" : "keep",
                (device, value) -> model.matching().takeBetter(device, value.equals("better"))));
    return AttributeSet.of(all);
  }

  private List<Attribute<Device>> common() {
    return List.of(
        new PowerAttributes(model.power()).group(),
        Attribute.readOnly("name", Device::name),
        Attribute.readWrite("uevent", DeviceAttributes::uevent, this::replay));
  }

  /// Tells those who come late what has happened to a device before.
  private void replay(Device device, String action) {
    String known = Arrays.stream(Action.values()).map(Action::toString).collect(joining(", "));
    Action replayed =
        Arrays.stream(Action.values())
            .filter(each -> each.toString().equals(action))
            .findFirst()
            .orElseThrow(() -> new DriverfsException(Errno.EINVAL, "", "takes one of " + known));
    model.publish(device, replayed, Map.of("REPLAYED", "1"));
  }

  private static String modalias(Device device) {
    String id = device.ids().isEmpty() ? "" : device.ids().getFirst();
    return device.bus().map(Kobject::name).orElse("") + ":" + id;
  }

  private static String uevent(Device device) {
    List<String> lines = new ArrayList<>();
    if (!device.type().name().isEmpty()) {
      lines.add("DEVTYPE=" + device.type().name());
    }
    device.driver().ifPresent(driver -> lines.add("DRIVER=" + driver.name()));
    if (device.bus().isPresent()) {
      lines.add("MODALIAS=" + modalias(device));
    }
    return String.join("\n", lines);
  }

  /// What every bus has: whether devices and drivers look for each other (`drivers_autoprobe`, 0 or
  /// 1), and where the name of a device is written to look for a driver for it (`drivers_probe`).
  AttributeSet<Bus> ofBuses() {
    return AttributeSet.of(
        List.of(
            Attribute.bool("drivers_autoprobe")
                .description("whether devices and drivers that come look for each other")
                .readWrite(Bus::autoprobes, Bus::autoprobe),
            Attribute.writeOnly(
                "drivers_probe",
                (bus, id) -> model.matching().probe(onBus(bus, id), PROBE_DEADLINE))));
  }

  /// @throws DriverfsException ENODEV if there is no such device
  static Device onBus(Bus bus, String id) {
    return bus.findDevice(id)
        .orElseThrow(
            () -> new DriverfsException(Errno.ENODEV, id, "there is no such device on " + bus));
  }
}
