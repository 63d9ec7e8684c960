package org.driverfs.lab.peers;

import java.nio.file.Path;
import java.time.Duration;

/// Who takes part.
enum Contender {
  DRIVERFS("driverfs"),
  PF4J("pf4j"),
  PF4J_LOCKED("pf4j+lock"),
  FELIX("felix"),
  PLAIN("classloader");

  private static final Duration COLLECTION = Duration.ofSeconds(2);

  private final String label;

  Contender(String label) {
    this.label = label;
  }

  /// What it is called in the tables.
  String label() {
    return label;
  }

  /// Starts it.
  ///
  /// @param directory its own, where it keeps what it needs from one start to the next
  Host open(Path directory) throws Exception {
    return switch (this) {
      case DRIVERFS -> new DriverfsHost(directory, Callers.COUNT, COLLECTION);
      case PF4J -> new Pf4jHost(directory, false);
      case PF4J_LOCKED -> new Pf4jHost(directory, true);
      case FELIX -> new FelixHost(directory);
      case PLAIN -> new PlainHost(directory);
    };
  }
}
