package org.driverfs.fuse;

import java.time.Instant;
import org.driverfs.fuse.KnownNodes.Known;
import org.driverfs.tree.Access;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.driverfs.tree.Link;
import org.driverfs.tree.Node;

/// What stat(2) shows of a node, as `struct fuse_attr` and the structures around it.
final class Attributes {
  static final int DIRECTORY = 0040000;
  static final int REGULAR = 0100000;
  static final int LINK = 0120000;

  /// The size of `struct fuse_attr_out`.
  static final int ATTR_OUT = 104;

  /// The size of `struct fuse_entry_out`.
  static final int ENTRY_OUT = 128;

  /// How long the kernel may keep names and attributes, in seconds: it is told of each change.
  private static final long VALID = 10;

  /// What a file says its size is when that is not known before it is read, as on sysfs.
  private static final long PAGE = 4096;

  private final Instant time = Instant.now();

  /// Puts `struct fuse_attr_out` at the beginning of a reply.
  ///
  /// @return its size
  int attributes(Reply reply, Known known) {
    reply.int64(0, valid(known));
    reply.int64(8, 0);
    attr(reply, 16, known);
    return ATTR_OUT;
  }

  /// Puts `struct fuse_entry_out` somewhere into a reply.
  ///
  /// @return its size
  int entry(Reply reply, int at, Known known) {
    reply.int64(at, known.id());
    reply.int64(at + 8, 0);
    reply.int64(at + 16, VALID);
    reply.int64(at + 24, valid(known));
    reply.int64(at + 32, 0);
    attr(reply, at + 40, known);
    return ENTRY_OUT;
  }

  /// The kernel asks again for the size of a constant text, which only a show can tell.
  private static long valid(Known known) {
    boolean unmeasured =
        known.size() < 0 && known.node() instanceof File<?> file && file.entry().isConstant();
    return unmeasured ? 0 : VALID;
  }

  private void attr(Reply reply, int at, Known known) {
    Node node = known.node();
    Access access = node.access();
    reply.int64(at, node.id());
    reply.int64(at + 8, size(known));
    reply.int64(at + 16, 0);
    for (int stamp = 0; stamp < 3; stamp++) {
      reply.int64(at + 24 + 8 * stamp, time.getEpochSecond());
      reply.int32(at + 48 + 4 * stamp, time.getNano());
    }
    reply.int32(at + 60, type(node) | access.mode());
    reply.int32(at + 64, 1);
    reply.int32(at + 68, access.uid());
    reply.int32(at + 72, access.gid());
    reply.int32(at + 76, 0);
    reply.int32(at + 80, (int) PAGE);
    reply.int32(at + 84, 0);
  }

  private static long size(Known known) {
    if (!(known.node() instanceof File<?> file)) {
      return 0;
    }
    long size = known.size() < 0 ? file.entry().size() : known.size();
    return size < 0 ? PAGE : size;
  }

  static int type(Node node) {
    return switch (node) {
      case Directory<?> _ -> DIRECTORY;
      case File<?> _ -> REGULAR;
      case Link _ -> LINK;
    };
  }
}
