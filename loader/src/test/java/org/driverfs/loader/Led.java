package org.driverfs.loader;

/// The source of a module like the sample: a driver for devices with the id `led`, whose
/// `brightness` can be read and written, and a parameter.
final class Led {
  private Led() {}

  static ModuleSource source(String version) {
    return ModuleSource.of("led", version)
        .manifest("description = \"LEDs\"")
        .manifest("licence = \"Apache-2.0\"")
        .manifest("aliases = [\"gpio:led\"]")
        .manifest("[[parameter]]")
        .manifest("name = \"first\"")
        .manifest("type = \"integer\"")
        .manifest("default = \"7\"")
        .manifest("min = 0")
        .manifest("max = 255")
        .manifest("writable = true")
        .main(
            """
              public void init(ModuleContext context) {
                var values = new ConcurrentHashMap<Device, Integer>();
                context.register(
                    Driver.builder("led", context.findBus("gpio").orElseThrow(), (device, c) -> {
                          values.put(device, Integer.parseInt(context.parameter("first")));
                          c.own("the value of " + device.name(), () -> values.remove(device));
                        })
                        .owner(context.module())
                        .ids("led")
                        .attributes(AttributeSet.of(List.of(
                            Attribute.<Driver>readOnly("build", d -> "%s"))))
                        .deviceAttributes(AttributeSet.of(List.of(
                            Attribute.integer("brightness", 0, 255)
                                .<Device>readWrite(values::get, values::put))))
                        .build());
              }
            """
                .formatted(version));
  }
}
