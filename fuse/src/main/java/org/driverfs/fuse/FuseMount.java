package org.driverfs.fuse;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.posix.CurrentThread;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.OpenFlags;
import org.driverfs.posix.SystemCalls;
import org.driverfs.tree.Tree;

/// A tree as a Linux mount, until it is closed or unmounted from outside.
///
/// Speaks the kernel's FUSE protocol on /dev/fuse itself. Thread-safe.
public final class FuseMount implements AutoCloseable {
  private static final Logger LOG = System.getLogger("driverfs.fuse");

  /// `_IOR(229, 0, uint32_t)`: makes a descriptor of /dev/fuse a second one for a connection.
  private static final long CLONE = 0x8004e500L;

  private static final long CLOSE_SECONDS = 5;

  private final Tree tree;
  private final MountPoint mountPoint;
  private final Descriptor channel;
  private final KnownNodes nodes;
  private final OpenDirectories directories;
  private final Session session = new Session();
  private final Notifier notifier;
  private final Workers workers;
  private final Thread notifierThread;
  private final AtomicBoolean closed = new AtomicBoolean();

  private FuseMount(Tree tree, MountPoint mountPoint, MountOptions options) {
    this.tree = tree;
    this.mountPoint = mountPoint;
    this.nodes = new KnownNodes(tree.root());
    this.directories = new OpenDirectories(nodes);
    this.channel = mountPoint.mount(options);
    this.notifier = new Notifier(nodes, directories, mountPoint.path(), channel);
    var nodeOperations = new NodeOperations(tree, nodes, new Attributes(), notifier);
    var files = new FileOperations(tree.openFiles(), nodeOperations, notifier);
    var directoryOperations = new DirectoryOperations(nodeOperations, directories);
    var dispatcher = new FuseDispatcher(nodeOperations, files, directoryOperations, session);
    this.workers =
        new Workers(
            "driverfs-fuse",
            options.maxWorkers(),
            session,
            dispatcher,
            this::openChannel,
            files::release);
    agreeOrUnmount(dispatcher);
    tree.addListener(notifier);
    notifierThread = Thread.ofPlatform().daemon().name("driverfs-fuse-notifier").start(notifier);
    workers.start(CurrentThread.cpus());
  }

  /// Mounts a tree.
  ///
  /// @param directory an empty directory
  /// @throws DriverfsException ENOENT, ENOTDIR, ENOTEMPTY or EBUSY for the directory; what mount(2)
  ///   or fusermount3 said
  public static FuseMount mount(Tree tree, Path directory, MountOptions options) {
    return new FuseMount(tree, MountPoint.require(directory), options);
  }

  /// Whether the kernel can be spoken to at all.
  public static boolean isAvailable() {
    return java.nio.file.Files.exists(Path.of("/dev/fuse"));
  }

  /// Detaches a mount that a killed daemon has left behind.
  ///
  /// @return whether there was one
  public static boolean clearStale(Path directory) {
    return MountPoint.clearStale(directory);
  }

  /// Where the tree is mounted.
  public Path directory() {
    return mountPoint.path();
  }

  /// Waits until the kernel has been told of every change to the tree so far, and this mount holds
  /// on to nothing that was removed.
  public void settle() throws InterruptedException {
    notifier.settle();
  }

  /// Waits until this is unmounted, by [#close] or from outside.
  public void awaitUnmounted() throws InterruptedException {
    workers.await();
  }

  /// What the mount is doing.
  ///
  /// @param knownNodes how many nodes the kernel knows
  /// @param openDirectories how many directories are open
  /// @param workers how many threads serve requests
  /// @param insideDrivers how many of them are inside a driver
  /// @param pendingNotices how many changes the kernel has not been told of
  public record Statistics(
      int knownNodes, int openDirectories, int workers, int insideDrivers, int pendingNotices) {}

  /// What the mount is doing now.
  public Statistics statistics() {
    return new Statistics(
        nodes.size(), directories.size(), workers.serving(), workers.inside(), notifier.waiting());
  }

  /// Unmounts. Files that are still open answer errors from then on, and what they held is given
  /// back.
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    tree.removeListener(notifier);
    workers.stop();
    mountPoint.unmount();
    boolean interrupted = false;
    try {
      workers.await(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      interrupted = true;
    }
    tree.openFiles().closeAll(session);
    notifier.stop();
    try {
      notifierThread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
    } catch (InterruptedException _) {
      interrupted = true;
    }
    channel.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void agreeOrUnmount(FuseDispatcher dispatcher) {
    try {
      agree(dispatcher);
    } catch (DriverfsException e) {
      mountPoint.unmount();
      channel.close();
      throw e;
    }
  }

  /// The kernel's first request, which must be answered before any other comes.
  private void agree(FuseDispatcher dispatcher) {
    try (Arena arena = Arena.ofConfined()) {
      var request = arena.allocate(Session.MAX_TRANSFER + 4096L, 8);
      var reply = new Reply(arena.allocate(4096, 8));
      var calls = new SystemCalls();
      long length = calls.read(channel.number(), request.address(), request.byteSize());
      FuseRequest first = new RequestDecoder(new Frame(request)).decode(length);
      if (!(first instanceof FuseRequest.Init init)) {
        throw new DriverfsException(
            Errno.EPROTO, mountPoint.path().toString(), "the kernel did not begin with INIT");
      }
      int result = dispatcher.dispatch(init, reply);
      calls.write(channel.number(), reply.address(), reply.finish(init.frame().unique(), result));
      if (result < 0) {
        throw new DriverfsException(
            Errno.EPROTO, "/dev/fuse", "this kernel is too old; Linux 5.4 or later is needed");
      }
    }
  }

  /// A second descriptor of the connection, or, where /dev/fuse cannot be opened by this user, the
  /// same one again.
  ///
  /// @param blocking whether a read waits for a request
  private Descriptor openChannel(boolean blocking) {
    try (Arena arena = Arena.ofConfined()) {
      Descriptor clone =
          Descriptor.open("/dev/fuse", OpenFlags.RDWR | (blocking ? 0 : OpenFlags.NONBLOCK));
      var number = arena.allocateFrom(ValueLayout.JAVA_INT, channel.number());
      if (SystemCalls.ofThread().ioctl(clone.number(), CLONE, number.address()) >= 0) {
        return clone;
      }
      clone.close();
    } catch (DriverfsException e) {
      LOG.log(Level.DEBUG, e.getMessage());
    }
    return channel.duplicate();
  }
}
