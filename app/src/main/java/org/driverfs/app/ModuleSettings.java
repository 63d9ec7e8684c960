package org.driverfs.app;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.driverfs.loader.Modules;
import org.driverfs.loader.Signers;
import org.driverfs.toml.Section;

/// The table `modules` of a configuration file.
///
///     [modules]
///     path = ["/usr/lib/driverfs"]       # where modprobe looks, the first first
///     signed_by = "/etc/driverfs.pem"    # only jars that one of these certificates has signed
///     automatic = true                   # a device without a driver asks for a module
///     idle_s = 300                       # after which such a module goes when it has no device
///     init_s = 30                        # how long to wait for an init
///     collect_s = 10                     # how long to look whether the classes have gone
final class ModuleSettings {
  private static final Set<String> KEYS =
      Set.of("path", "signed_by", "automatic", "idle_s", "init_s", "collect_s");
  private static final List<Path> PATH =
      List.of(Path.of("/usr/local/lib/driverfs"), Path.of("/usr/lib/driverfs"));
  private static final long MOST_SECONDS = 86_400;

  private ModuleSettings() {}

  /// What counts without that table.
  static Modules.Options usual() {
    var usual = Modules.Options.DEFAULT;
    return new Modules.Options(
        PATH, usual.signers(), usual.init(), usual.collection(), false, null);
  }

  /// @throws org.driverfs.errno.DriverfsException EINVAL for what is wrong, with line and column
  static Modules.Options read(Section table) {
    table.requireKeys(KEYS);
    var usual = Modules.Options.DEFAULT;
    List<Path> path = table.texts("path").stream().map(text -> table.path("path", text)).toList();
    return new Modules.Options(
        table.keys().contains("path") ? path : PATH,
        table
            .findText("signed_by")
            .map(file -> signers(table, table.path("signed_by", file)))
            .orElse(usual.signers()),
        seconds(table, "init_s").orElse(usual.init()),
        seconds(table, "collect_s").orElse(usual.collection()),
        table.find("automatic", Boolean.class, "true or false").orElse(false),
        seconds(table, "idle_s").orElse(null));
  }

  private static Optional<Duration> seconds(Section table, String key) {
    String wanted = "a number of seconds from 1 to " + MOST_SECONDS;
    return table
        .find(key, Long.class, wanted)
        .map(seconds -> {
          if (seconds < 1 || seconds > MOST_SECONDS) {
            throw table.wrong(key, "is " + wanted);
          }
          return Duration.ofSeconds(seconds);
        });
  }

  private static Signers signers(Section table, Path file) {
    try {
      var pem = new ByteArrayInputStream(SmallFile.read(file));
      List<X509Certificate> certificates =
          CertificateFactory.getInstance("X.509").generateCertificates(pem).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (certificates.isEmpty()) {
        throw table.wrong("signed_by", "names a file without certificates: " + file);
      }
      return Signers.of(certificates);
    } catch (IOException | CertificateException e) {
      throw table.wrong("signed_by", "names a file that cannot be read: " + e);
    }
  }
}
