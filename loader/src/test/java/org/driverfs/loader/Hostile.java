package org.driverfs.loader;

import java.nio.file.Path;

/// A module with one driver for devices of its name, and with what some author has written into it.
record Hostile(String name, String version, String init, String exit, String driver, String value) {
  /// A bus of its own, so that two versions cannot stand side by side.
  static final String BUS =
      "context.register(new Bus(\"own\", Bus.OF_TYPE, AttributeSet.none(), context.module()));";

  static final String PROBE = "public void probe(Device d, Context c) throws Exception {}";

  /// An exception whose message can be asked for so many times.
  static String evil(int times) {
    return """
    class Evil extends RuntimeException {
      int n;
      public String getMessage() {
        if (n++ >= %d) { throw new IllegalStateException("it cannot be made any more"); }
        return "evil";
      }
    }
    if (true) { throw new Evil(); }
    """
        .formatted(times);
  }

  static Hostile of(String name) {
    return new Hostile(name, "1.0", "", "", PROBE, "return \"1\";");
  }

  Hostile version(String newVersion) {
    return new Hostile(name, newVersion, init, exit, driver, value);
  }

  Hostile init(String body) {
    return new Hostile(name, version, body, exit, driver, value);
  }

  Hostile exit(String body) {
    return new Hostile(name, version, init, body, driver, value);
  }

  /// The callbacks of the driver, its probe included.
  Hostile driver(String methods) {
    return new Hostile(name, version, init, exit, methods, value);
  }

  /// The show of `value`, of the device `d`.
  Hostile value(String body) {
    return new Hostile(name, version, init, exit, driver, body);
  }

  Path pack(Path directory) {
    return source().pack(directory);
  }

  ModuleSource source() {
    String main =
        """
        public void init(ModuleContext context) throws Exception {
          INIT
          context.register(
              Driver.builder("NAME", context.findBus("gpio").orElseThrow(), new Driver.Callbacks() {
                    DRIVER
                  })
                  .owner(context.module())
                  .ids("NAME")
                  .deviceAttributes(AttributeSet.of(List.of(
                      Attribute.<Device>readOnly("value", d -> { VALUE }))))
                  .build());
        }
        public void exit() throws Exception { EXIT }
        """;
    return ModuleSource.of(name, version)
        .main(
            main.replace("INIT", init)
                .replace("DRIVER", driver)
                .replace("VALUE", value)
                .replace("EXIT", exit)
                .replace("NAME", name));
  }
}
