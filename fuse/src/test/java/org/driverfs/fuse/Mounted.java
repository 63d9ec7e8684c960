package org.driverfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.driverfs.tree.Tree;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A tree that is mounted for one test, and unmounted after it, whatever has happened. At the end
/// nobody may be counted any more, and no thread of the mount may be left.
@SuppressWarnings("NullAway.Init") // before each test
final class Mounted implements BeforeEachCallback, AfterEachCallback {
  /// What one command has done.
  record Outcome(int status, String output, String errors) {}

  static final Duration PATIENCE = Duration.ofSeconds(20);

  private final MountOptions options;
  final Things things = new Things();
  final Tree tree = new Tree();
  private Path directory;
  private FuseMount mount;

  Mounted(MountOptions options) {
    this.options = options;
  }

  FuseMount mount() {
    return mount;
  }

  Path path(String path) {
    return directory.resolve(path);
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    boolean possible = FuseMount.isAvailable() && "root".equals(System.getProperty("user.name"));
    if (!"1".equals(System.getenv("DRIVERFS_REQUIRE_MOUNT"))) {
      Assumptions.assumeTrue(possible, "mount tests need root and /dev/fuse");
    }
    directory = Files.createTempDirectory("driverfs-test");
    mount = FuseMount.mount(tree, directory, options);
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    if (directory == null || mount == null) {
      return;
    }
    try {
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> {
            assertThat(things.users).as("users").hasValue(0);
            assertThat(tree.openFiles().size()).as("open files").isZero();
            assertThat(mount.statistics().insideDrivers()).as("inside drivers").isZero();
            assertThat(mount.statistics().openDirectories()).as("open directories").isZero();
          });
    } finally {
      mount.close();
      Files.delete(directory);
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("driverfs-fuse")));
  }

  /// Runs a shell command in the mount.
  Outcome run(String command) throws IOException, InterruptedException {
    Process process = start(command);
    try {
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
          .as(command + " ends")
          .isTrue();
      return new Outcome(
          process.exitValue(),
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8),
          new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
    } finally {
      process.destroyForcibly();
    }
  }

  /// Starts a shell command in the mount.
  Process start(String command) throws IOException {
    return new ProcessBuilder("/bin/sh", "-c", command).directory(directory.toFile()).start();
  }
}
