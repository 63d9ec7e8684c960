package org.driverfs.loader;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.loader.Host.assertErrno;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Jars that the JDK's own tools have signed, for a host that asks for that.
@Timeout(120)
@SuppressWarnings("NullAway.Init") // set by JUnit
class SignersTest {
  @TempDir private Path directory;

  /// Runs a tool of the JDK.
  private void run(String tool, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  private X509Certificate certificate(String name) throws Exception {
    run(
        "keytool",
        "-genkeypair",
        "-alias",
        name,
        "-keystore",
        name + ".p12",
        "-storepass",
        "changeit",
        "-dname",
        "CN=" + name,
        "-keyalg",
        "EC");
    run(
        "keytool",
        "-exportcert",
        "-rfc",
        "-alias",
        name,
        "-keystore",
        name + ".p12",
        "-storepass",
        "changeit",
        "-file",
        name + ".pem");
    try (InputStream pem = Files.newInputStream(directory.resolve(name + ".pem"))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem);
    }
  }

  /// A jar with the manifest of a jar at its beginning, as the JDK's tool makes it, and signed.
  private Path signed(String name) throws Exception {
    Path jar = Led.source("1.0").pack(directory);
    Path into = Files.createDirectory(directory.resolve("unpacked-" + name));
    try (var file = new JarFile(jar.toFile())) {
      for (JarEntry entry : file.stream().toList()) {
        Path to = into.resolve(entry.getName());
        Files.createDirectories(to.getParent());
        Files.write(to, file.getInputStream(entry).readAllBytes());
      }
    }
    Path made = directory.resolve(name + ".jar");
    run("jar", "-cf", made.toString(), "-C", into.toString(), ".");
    run("jarsigner", "-keystore", name + ".p12", "-storepass", "changeit", made.toString(), name);
    return made;
  }

  /// The same jar with another byte in its manifest of the module.
  private Path altered(Path jar) throws Exception {
    Path altered = directory.resolve("altered.jar");
    try (var file = new JarFile(jar.toFile());
        var out = new JarOutputStream(Files.newOutputStream(altered))) {
      for (JarEntry entry : file.stream().toList()) {
        byte[] content = file.getInputStream(entry).readAllBytes();
        if (entry.getName().equals(Manifest.PATH)) {
          content[content.length - 1] = '#';
        }
        out.putNextEntry(new JarEntry(entry.getName()));
        out.write(content);
        out.closeEntry();
      }
    }
    return altered;
  }

  @Test
  void read_signedJar_isTakenIfItsSignerIsTrustedAndNothingWasAltered() throws Exception {
    X509Certificate ours = certificate("ours");
    X509Certificate others = certificate("others");
    Path jar = signed("ours");
    assertThat(ModuleJar.read(jar, Signers.of(List.of(others, ours))).manifest().identity())
        .isEqualTo("led@1.0");
    assertThat(
            assertErrno(Errno.EKEYREJECTED, () -> ModuleJar.read(jar, Signers.of(List.of(others)))))
        .hasMessageContaining("is signed by nobody who is trusted here");
    Path altered = altered(jar);
    assertThat(
            assertErrno(
                Errno.EKEYREJECTED, () -> ModuleJar.read(altered, Signers.of(List.of(ours)))))
        .hasMessageContaining("was altered after it was signed");
    Path unsigned = Led.source("2.0").pack(directory);
    assertThat(
            assertErrno(
                Errno.EKEYREJECTED, () -> ModuleJar.read(unsigned, Signers.of(List.of(ours)))))
        .hasMessageContaining("is not signed; sign the jar with jarsigner");
    assertThat(ModuleJar.read(unsigned, Signers.ANYBODY).manifest().identity())
        .isEqualTo("led@2.0");
  }
}
