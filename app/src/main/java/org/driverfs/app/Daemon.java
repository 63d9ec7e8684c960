package org.driverfs.app;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.driverfs.buses.linux.LinuxDevices;
import org.driverfs.buses.linux.NetifDriver;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.fuse.FuseMount;
import org.driverfs.fuse.MountOptions;
import org.driverfs.model.Driver;
import org.jspecify.annotations.Nullable;

/// The composition root: puts a world together, opens its doors, and closes all of it in reverse.
///
/// Thread-safe: it may be stopped by anybody, also while it starts.
final class Daemon {
  private static final String FUSE = "/dev/fuse";
  private static final String REMEDY =
      "so there is no mount; load the module (modprobe fuse), or give the container that device";

  private static final System.Logger LOG = System.getLogger("driverfs.app");
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Duration SETTLE = Duration.ofSeconds(60);
  private static final Duration FAREWELL = Duration.ofSeconds(1);

  private final Settings settings;
  private final StartTime startTime = StartTime.ofThisProcess();
  private final World world;
  private final Rules rules;
  private final Closing opened = new Closing();
  private final CountDownLatch stopped = new CountDownLatch(1);

  // Published by start(), before anybody else can ask.
  private @Nullable ControlSocket socket;
  private @Nullable LogFile log;

  private @Nullable LinuxDevices devices;
  private @Nullable FuseMount mount;
  private @Nullable DriverfsException complaint;

  private volatile boolean ready;

  Daemon(Settings settings) {
    this.settings = settings;
    this.world = new World(settings.modules());
    this.rules = new Rules(world, settings.rules());
  }

  World world() {
    return world;
  }

  /// Opens everything; when this returns, the tree can be used.
  ///
  /// @throws DriverfsException if something prevents it; then [#stop] closes what was opened
  void start() throws IOException {
    Path socketFile = settings.socket();
    prepareDirectory(socketFile);
    opened.add(InstanceLock.take(Places.lock(socketFile)));
    if (settings.background()) {
      log = opened.add(LogFile.open(Places.log(socketFile)));
    }
    MountDirectory directory = opened.add(MountDirectory.prepare(settings.mount()));
    About.show(this);
    startDevices();
    opened.add(world.modules());
    startMount(directory.path());
    opened.add(rules).start();
    socket = opened.add(ControlSocket.open(socketFile, this));
    startTime.stop();
    ready = true;
  }

  private void startDevices() {
    LinuxDevices started = opened.add(LinuxDevices.start(world.model()));
    devices = started;
    Driver netif = NetifDriver.on(started);
    world.model().register(netif);
    settleProbes();
    opened.add(() -> world.model().unregister(netif));
    opened.add(this::shutDownDevices);
  }

  /// A driver that hangs keeps the daemon from nothing but a tidy end.
  private void shutDownDevices() throws InterruptedException {
    try {
      world.model().power().shutdown(PATIENCE);
    } catch (DriverfsException e) {
      LOG.log(System.Logger.Level.WARNING, e.getMessage());
    }
  }

  /// Whoever looks at a tree that has just appeared finds what drivers add; but one that hangs
  /// keeps nobody from looking.
  private void settleProbes() {
    try {
      world.model().settle(PATIENCE);
    } catch (DriverfsException e) {
      LOG.log(System.Logger.Level.WARNING, "the daemon starts all the same: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Without /dev/fuse the daemon goes on: the verbs need no mount.
  private void startMount(Path directory) {
    if (!FuseMount.isAvailable()) {
      complaint = new DriverfsException(Errno.ENOENT, FUSE, "is missing, " + REMEDY);
      return;
    }
    var options = new MountOptions("driverfs", settings.allowOther(), settings.workers());
    try {
      FuseMount started = opened.add(FuseMount.mount(world.tree(), directory, options));
      mount = started;
      world.mountedAt(started.directory());
      Thread.ofPlatform().daemon().name("unmounted").start(() -> stopWhenUnmounted(started));
    } catch (DriverfsException e) {
      if (!e.path().equals(FUSE)) {
        throw e;
      }
      complaint = new DriverfsException(e.errno(), FUSE, "cannot be used, " + REMEDY, e);
    }
  }

  private void stopWhenUnmounted(FuseMount started) {
    try {
      started.awaitUnmounted();
      stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Makes the usual directory of the socket, the owner's alone; one that was named is there.
  private void prepareDirectory(Path socketFile) throws IOException {
    Path directory = socketFile.getParent();
    if (directory != null && directory.endsWith(Places.DIRECTORY) && !Files.exists(directory)) {
      var ownerOnly = PosixFilePermissions.fromString("rwx------");
      Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(ownerOnly));
      opened.add(() -> removeIfEmpty(directory));
    }
    if (directory == null || !Files.isDirectory(directory)) {
      throw new DriverfsException(
          Errno.ENOENT, socketFile.toString(), "there is no directory for this socket; make it");
    }
  }

  private static void removeIfEmpty(Path directory) throws IOException {
    try {
      Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException e) {
      // A log is in it that somebody may want to read.
    }
  }

  /// Closes everything; returns when nothing is left, whoever began it.
  void stop() {
    opened.close();
    stopped.countDown();
  }

  /// Returns when this has stopped, and those who asked for it have their answers.
  void awaitStop() throws InterruptedException {
    stopped.await();
    if (socket != null) {
      socket.hangUp(FAREWELL);
    }
  }

  boolean isReady() {
    return ready;
  }

  /// Waits until all events so far are handled, and clients see it.
  ///
  /// @throws DriverfsException ETIMEDOUT if that does not come to an end
  void settle() throws InterruptedException {
    if (devices != null && !devices.settle(SETTLE)) {
      throw new DriverfsException(
          Errno.ETIMEDOUT, "settle", "events still come in after " + SETTLE.toSeconds() + " s");
    }
    world.model().settle(SETTLE);
    if (!rules.settle(SETTLE)) {
      throw new DriverfsException(
          Errno.ETIMEDOUT, "settle", "rules still run after " + SETTLE.toSeconds() + " s");
    }
    if (mount != null) {
      mount.settle();
    }
  }

  /// Why there is no mount, if there is none.
  Optional<DriverfsException> complaint() {
    return Optional.ofNullable(complaint);
  }

  /// What a person reads when this is ready.
  String welcome() {
    return Welcome.text(
        mount().map(FuseMount::directory), startTime.taken(), Optional.ofNullable(log));
  }

  /// How this is now.
  Status status() {
    return Status.of(this);
  }

  Settings settings() {
    return settings;
  }

  Duration startTime() {
    return startTime.taken();
  }

  /// What is done when something happens.
  Rules rules() {
    return rules;
  }

  /// The kernel's devices.
  Optional<LinuxDevices> devices() {
    return Optional.ofNullable(devices);
  }

  /// The mount, if there is one.
  Optional<FuseMount> mount() {
    return Optional.ofNullable(mount);
  }
}
