package org.driverfs.buses.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.jspecify.annotations.Nullable;

/// What a device has that mirrors one of the kernel's: all that the kernel shows, and two files of
/// ours, `name` and `kernel_driver`. Where the kernel has a file of that name, the kernel's wins
/// and ours is below `driverfs/`.
final class MirrorAttributes implements AttributeSet<Device> {
  /// Where ours go that the kernel has too.
  static final String ASIDE = "driverfs";

  /// The file that tells the kernel's driver.
  static final String KERNEL_DRIVER = "kernel_driver";

  private final KernelDirectory kernel;
  private final List<Attribute<Device>> ours;

  MirrorAttributes(Sysfs sysfs, KernelPoller poller) {
    kernel = new KernelDirectory(sysfs, poller, "");
    ours =
        List.of(
            Attribute.readOnly("name", Device::name),
            Attribute.readOnly(
                KERNEL_DRIVER,
                device ->
                    SysfsDevice.look(sysfs, device.path())
                        .flatMap(SysfsDevice::driver)
                        .orElse("")));
  }

  @Override
  public List<Attribute<Device>> list(Device device) {
    var all = new ArrayList<>(kernel.list(device));
    Set<String> names = all.stream().map(Attribute::name).collect(Collectors.toSet());
    for (Attribute<Device> attribute : ours) {
      if (!names.contains(attribute.name())) {
        all.add(attribute);
      }
    }
    List<Attribute<Device>> aside = oursThat(attribute -> names.contains(attribute.name()));
    if (!aside.isEmpty()) {
      all.add(new Attribute.Group<>(ASIDE, AttributeSet.of(aside)));
    }
    return all;
  }

  @Override
  public @Nullable Attribute<Device> find(Device device, String name) {
    Attribute<Device> theirs = kernel.find(device, name);
    if (theirs != null) {
      return theirs;
    }
    if (name.equals(ASIDE)) {
      List<Attribute<Device>> aside =
          oursThat(attribute -> kernel.find(device, attribute.name()) != null);
      return aside.isEmpty() ? null : new Attribute.Group<>(ASIDE, AttributeSet.of(aside));
    }
    return oursThat(attribute -> attribute.name().equals(name)).stream().findFirst().orElse(null);
  }

  private List<Attribute<Device>> oursThat(Predicate<Attribute<Device>> condition) {
    return ours.stream().filter(condition).toList();
  }
}
