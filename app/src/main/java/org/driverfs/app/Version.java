package org.driverfs.app;

import picocli.CommandLine.IVersionProvider;

/// Which driverfs this is.
final class Version implements IVersionProvider {
  /// The version alone.
  static String text() {
    String built = Version.class.getPackage().getImplementationVersion();
    return built == null ? "unpackaged" : built;
  }

  @Override
  public String[] getVersion() {
    return new String[] {"driverfs " + text()};
  }
}
