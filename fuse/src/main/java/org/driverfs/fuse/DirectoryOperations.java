package org.driverfs.fuse;

import java.nio.charset.StandardCharsets;
import org.driverfs.errno.Errno;
import org.driverfs.fuse.KnownNodes.Known;
import org.driverfs.fuse.OpenDirectories.OpenDirectory;
import org.driverfs.fuse.OpenDirectories.Walk;
import org.driverfs.tree.Directory;
import org.driverfs.tree.Node;
import org.jspecify.annotations.Nullable;

/// The operations on open directories. The kernel asks of one open directory one thing at a time.
final class DirectoryOperations {
  /// The size of `struct fuse_dirent`, without the name.
  private static final int DIRENT = 24;

  // The kernel keeps a listing until the notifier has told it of a change.
  private static final int KEEP_CACHE = 1 << 1;
  private static final int CACHE_DIRECTORY = 1 << 3;

  private final NodeOperations nodes;
  private final OpenDirectories directories;

  DirectoryOperations(NodeOperations nodes, OpenDirectories directories) {
    this.nodes = nodes;
    this.directories = directories;
  }

  int open(FuseRequest.OpenDir request, Reply reply) {
    Known known = nodes.find(request.frame().node());
    if (known == null || !(known.node() instanceof Directory<?> directory)) {
      return Replies.error(Errno.ENOENT);
    }
    int flags = directory.isDynamic() ? 0 : KEEP_CACHE | CACHE_DIRECTORY; // which may fail
    reply.int64(0, directories.add(known));
    reply.int32(8, flags);
    reply.int32(12, 0);
    return 16;
  }

  int read(FuseRequest.ReadDir request, Reply reply) {
    OpenDirectory open = directories.find(request.handle());
    if (open == null) {
      return Replies.error(Errno.EBADF);
    }
    Walk walk = open.begin();
    var page = new Page(reply, Math.min(request.size(), reply.capacity()), request.plus(), walk);
    boolean filled = false;
    try {
      page.fill(request.offset());
      filled = true;
    } finally {
      open.end(walk);
      if (!filled && request.plus()) {
        undo(reply, page.length);
      }
    }
    return page.length;
  }

  /// Forgets the entries of a reply with attributes that the kernel never got.
  void undo(Reply reply, int length) {
    for (int at = 0; at < length; ) {
      long known = reply.int64(at);
      if (known != 0) {
        nodes.forget(known);
      }
      int name = reply.int32(at + Attributes.ENTRY_OUT + 16);
      at += Attributes.ENTRY_OUT + ((DIRENT + name + 7) & ~7);
    }
  }

  int release(long handle) {
    directories.remove(handle);
    return Replies.OK;
  }

  /// One reply that is being filled with entries.
  private final class Page {
    private final Reply reply;
    private final int size;
    private final boolean plus;
    private final Walk walk;
    private int length;

    Page(Reply reply, int size, boolean plus, Walk walk) {
      this.reply = reply;
      this.size = size;
      this.plus = plus;
      this.walk = walk;
    }

    /// Positions 0 and 1 are those before `.` and `..`; a listing's own come after them.
    void fill(long offset) {
      Directory<?> directory = walk.listing().directory();
      if (offset == 0 && !dots(".", directory, 1)) {
        return;
      }
      Node up = directory.parent() == null ? directory : directory.parent();
      if (offset <= 1 && !dots("..", up, 2)) {
        return;
      }
      walk.listing().list(Math.max(0, offset - 2), (node, next) -> add(node, next + 2));
    }

    boolean add(Node node, long next) {
      return put(node.name(), node, next, plus ? node : null);
    }

    /// The kernel is not told of these two, which it knows.
    boolean dots(String name, Node node, long next) {
      return put(name, node, next, null);
    }

    private boolean put(String name, Node node, long next, @Nullable Node toldOf) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      int before = plus ? Attributes.ENTRY_OUT : 0;
      int whole = before + ((DIRENT + bytes.length + 7) & ~7);
      if (length + whole > size) {
        return false;
      }
      if (toldOf == null || !nodes.entry(reply, length, toldOf, walk.asOf())) {
        reply.zero(length, before);
      }
      int at = length + before;
      reply.int64(length + whole - 8, 0); // what the name does not fill
      reply.int64(at, node.id());
      reply.int64(at + 8, next);
      reply.int32(at + 16, bytes.length);
      reply.int32(at + 20, Attributes.type(node) >> 12);
      reply.bytes(at + DIRENT, bytes);
      length += whole;
      return true;
    }
  }
}
