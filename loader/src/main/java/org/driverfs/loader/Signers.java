package org.driverfs.loader;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.CodeSigner;
import java.security.GeneralSecurityException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.stream.Collectors;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;

/// Whose signature a jar must have, as jarsigner makes it: everything in it must be signed by one
/// of some certificates, or by one that they vouch for.
public final class Signers {
  /// Any jar will do, signed or not.
  public static final Signers ANYBODY = new Signers(null);

  private final @Nullable Set<X509Certificate> trusted;

  private Signers(@Nullable Set<X509Certificate> trusted) {
    this.trusted = trusted;
  }

  /// Only jars that are signed so will do.
  public static Signers of(Collection<X509Certificate> trusted) {
    return new Signers(Set.copyOf(trusted));
  }

  /// @throws DriverfsException EKEYREJECTED if something in the jar is not signed, was altered, or
  ///   is signed by others
  void require(Path file, byte[] bytes) {
    if (trusted == null) {
      return;
    }
    // The manifest of a signed jar is its first entry: one that is not counts as not signed.
    try (var jar = new JarInputStream(new ByteArrayInputStream(bytes), true)) {
      for (JarEntry next = jar.getNextJarEntry(); next != null; next = jar.getNextJarEntry()) {
        jar.readAllBytes(); // who signed an entry is known when it was read
        if (!next.isDirectory() && !isSignature(next.getName())) {
          require(file, next, trusted);
        }
      }
    } catch (SecurityException e) {
      throw rejected(file, "was altered after it was signed: " + e.getMessage());
    } catch (IOException e) {
      throw rejected(file, "cannot be checked: " + e);
    }
  }

  private static void require(Path file, JarEntry entry, Set<X509Certificate> trusted) {
    CodeSigner[] signers = entry.getCodeSigners();
    if (signers == null || signers.length == 0) {
      throw rejected(file, entry.getName() + " is not signed; sign the jar with jarsigner");
    }
    for (CodeSigner signer : signers) {
      if (isTrusted(signer.getSignerCertPath(), trusted)) {
        return;
      }
    }
    throw rejected(file, entry.getName() + " is signed by nobody who is trusted here");
  }

  private static boolean isTrusted(CertPath path, Set<X509Certificate> trusted) {
    List<? extends java.security.cert.Certificate> chain = path.getCertificates();
    if (trusted.contains(chain.getFirst())) {
      return true;
    }
    try {
      Set<TrustAnchor> anchors =
          trusted.stream().map(it -> new TrustAnchor(it, null)).collect(Collectors.toSet());
      var parameters = new PKIXParameters(anchors);
      parameters.setRevocationEnabled(false);
      CertPathValidator.getInstance("PKIX").validate(path, parameters);
      return true;
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  private static boolean isSignature(String path) {
    String upper = path.toUpperCase(Locale.ROOT);
    return upper.startsWith("META-INF/")
        && (upper.endsWith(".SF")
            || upper.endsWith(".RSA")
            || upper.endsWith(".DSA")
            || upper.endsWith(".EC")
            || upper.equals("META-INF/MANIFEST.MF"));
  }

  private static DriverfsException rejected(Path file, String why) {
    return new DriverfsException(Errno.EKEYREJECTED, file.toString(), why);
  }
}
