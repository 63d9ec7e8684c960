package org.driverfs.fuse;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Uninterruptibly;
import org.driverfs.posix.CurrentThread;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.OpenFlags;
import org.driverfs.posix.SystemCalls;
import org.driverfs.tree.Tree;
import org.jspecify.annotations.Nullable;

/// A tree as a Linux mount, until it is closed or unmounted from outside.
///
/// Speaks the kernel's FUSE protocol on /dev/fuse itself. Thread-safe.
public final class FuseMount implements AutoCloseable {
  private static final Logger LOG = System.getLogger("driverfs.fuse");

  /// `_IOR(229, 0, uint32_t)`: makes a descriptor of /dev/fuse a second one for a connection.
  private static final long CLONE = 0x8004e500L;

  /// How long [#close] takes at most, whatever hangs.
  private static final Duration CLOSING = Duration.ofSeconds(5);

  private static final Duration SETTLING = Duration.ofSeconds(60);

  private final Tree tree;
  private final MountPoint mountPoint;
  private final Descriptor channel;
  private final KnownNodes nodes;
  private final OpenDirectories directories;
  private final Session session = new Session();
  private final Notifier notifier;
  private final FuseDispatcher dispatcher;
  private final Releases releases;
  private final Workers workers;
  private final AtomicBoolean closed = new AtomicBoolean();

  private FuseMount(
      Tree tree,
      MountPoint mountPoint,
      Descriptor channel,
      MountOptions options,
      Releases releases) {
    this.tree = tree;
    this.releases = releases;
    this.mountPoint = mountPoint;
    this.channel = channel;
    this.nodes = new KnownNodes(tree.root());
    this.directories = new OpenDirectories(nodes);
    this.notifier = new Notifier(nodes, directories, session, mountPoint.path(), channel);
    var nodeOperations = new NodeOperations(tree, nodes, new Attributes(), notifier);
    var files = new FileOperations(tree.openFiles(), nodeOperations, notifier);
    var directoryOperations = new DirectoryOperations(nodeOperations, directories);
    this.dispatcher = new FuseDispatcher(nodeOperations, files, directoryOperations, session);
    LongConsumer releaser = handle -> releases.execute(() -> files.release(handle));
    int most = options.maxWorkers();
    this.workers =
        new Workers("driverfs-fuse", most, session, dispatcher, this::openChannel, releaser);
  }

  private void begin() {
    agree();
    tree.addListener(notifier);
    notifier.start();
    releases.execute(() -> {}); // so that what it needs is loaded
    workers.start(CurrentThread.cpus());
  }

  /// Mounts a tree.
  ///
  /// @param directory an empty directory
  /// @throws DriverfsException ENOENT, ENOTDIR, ENOTEMPTY or EBUSY for the directory; what mount(2)
  ///   or fusermount3 said
  public static FuseMount mount(Tree tree, Path directory, MountOptions options) {
    MountPoint point = MountPoint.require(directory);
    var releases = new Releases("driverfs-fuse-release");
    Descriptor channel = null;
    FuseMount mount = null;
    boolean begun = false;
    try {
      channel = point.mount(options);
      mount = new FuseMount(tree, point, channel, options, releases);
      mount.begin();
      begun = true;
      return mount;
    } finally {
      if (!begun) {
        undo(point, channel, mount);
        releases.end();
      }
    }
  }

  private static void undo(
      MountPoint point, @Nullable Descriptor channel, @Nullable FuseMount mount) {
    if (mount != null) {
      mount.close();
    } else if (channel != null) {
      point.unmount();
      channel.close();
    }
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
  ///
  /// @throws DriverfsException as [#settle(Duration)], after a minute
  public void settle() throws InterruptedException {
    settle(SETTLING);
  }

  /// Waits until the kernel has been told of every change to the tree so far, and this mount holds
  /// on to nothing that was removed.
  ///
  /// @throws DriverfsException ETIMEDOUT if that is not so after that time, which says how many
  ///   changes wait: a client may keep the kernel busy while it waits for a driver. EIO if the
  ///   kernel will not be told any more
  public void settle(Duration most) throws InterruptedException {
    notifier.settle(most);
  }

  /// Waits until this is unmounted, by [#close] or from outside.
  public void awaitUnmounted() throws InterruptedException {
    workers.awaitGone();
  }

  /// What the mount is doing.
  ///
  /// @param knownNodes how many nodes the kernel knows
  /// @param openDirectories how many directories are open
  /// @param workers how many threads serve requests
  /// @param insideDrivers how many of them are inside a driver
  /// @param pendingNotices how many changes the kernel has not been told of
  /// @param failures how often something failed in a thread of the mount, which goes on after that:
  ///   there was no memory, or no descriptor
  /// @param alive whether all threads that the mount cannot do without are there
  public record Statistics(
      int knownNodes,
      int openDirectories,
      int workers,
      int insideDrivers,
      int pendingNotices,
      int failures,
      boolean alive) {}

  /// What the mount is doing now.
  public Statistics statistics() {
    return new Statistics(
        nodes.size(),
        directories.size(),
        workers.serving(),
        workers.inside(),
        notifier.waiting(),
        notifier.failures() + workers.failures() + releases.failures(),
        notifier.isAlive() && workers.isAlive() && releases.isAlive());
  }

  /// Unmounts. Files that are still open answer errors from then on, and what they held is given
  /// back. That runs code of drivers: what is not over after 5 s is left to its threads.
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    long end = System.nanoTime() + CLOSING.toNanos();
    tree.removeListener(notifier);
    workers.stop();
    try {
      mountPoint.unmount();
    } finally {
      tree.openFiles().closeAll(session, releases);
      notifier.stop();
      awaitEnd(end);
    }
  }

  private void awaitEnd(long end) {
    Uninterruptibly.pause(() -> awaitAll(end));
    releases.end();
  }

  private void awaitAll(long end) throws InterruptedException {
    boolean left = workers.await(until(end));
    left &= releases.await(until(end));
    if (!left) {
      LOG.log(Level.WARNING, "the mount is closed while drivers hang: " + statistics());
    }
    boolean unused = notifier.join(until(end));
    unused &= workers.awaitStarter(until(end));
    if (unused) {
      channel.close(); // or its number might be another file's
    }
  }

  private static Duration until(long end) {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  /// The kernel's first request, which must be answered before any other comes.
  private void agree() {
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
    Descriptor clone = null;
    boolean cloned = false;
    try (Arena arena = Arena.ofConfined()) {
      var number = arena.allocateFrom(ValueLayout.JAVA_INT, channel.number());
      clone = Descriptor.open("/dev/fuse", OpenFlags.RDWR | (blocking ? 0 : OpenFlags.NONBLOCK));
      cloned = SystemCalls.ofThread().ioctl(clone.number(), CLONE, number.address()) >= 0;
    } catch (DriverfsException e) {
      LOG.log(Level.DEBUG, e.getMessage());
    } finally {
      if (clone != null && !cloned) {
        clone.close();
      }
    }
    return clone != null && cloned ? clone : channel.duplicate();
  }
}
