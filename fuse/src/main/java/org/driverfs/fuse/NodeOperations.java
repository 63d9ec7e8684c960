package org.driverfs.fuse;

import java.nio.charset.StandardCharsets;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.fuse.FuseDispatcher.Reach;
import org.driverfs.fuse.KnownNodes.Known;
import org.driverfs.lifetime.Caller;
import org.driverfs.tree.Access;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.File;
import org.driverfs.tree.Link;
import org.driverfs.tree.Names;
import org.driverfs.tree.Node;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenMode;
import org.driverfs.tree.Tree;
import org.jspecify.annotations.Nullable;

/// The operations on names and attributes.
final class NodeOperations {
  private static final int PERMISSIONS = 0777;
  private static final int MOST_LOOKS = 10;
  private static final int LONGEST_LINK = 4095; // PATH_MAX, without the NUL

  private final Tree tree;
  private final KnownNodes nodes;
  private final Attributes attributes;
  private final Notifier notifier;

  NodeOperations(Tree tree, KnownNodes nodes, Attributes attributes, Notifier notifier) {
    this.tree = tree;
    this.nodes = nodes;
    this.attributes = attributes;
    this.notifier = notifier;
  }

  /// The text of a link that leads to no node is what somebody says that it is.
  Reach reachOfReadLink(FuseRequest.ReadLink request) {
    Known known = nodes.find(request.frame().node());
    return known != null && known.node() instanceof Link link && link.target() == null
        ? Reach.CALL
        : Reach.NONE;
  }

  /// A constant text that has not been measured is shown for that.
  Reach reachOfGetAttr(FuseRequest.GetAttr request) {
    Known known = nodes.find(request.frame().node());
    return known != null && unmeasured(known) != null ? Reach.CALL : Reach.NONE;
  }

  /// What looks into a directory: only one that holds nothing but what was put there need not be
  /// asked. What is made on demand may be another when it is looked for again.
  @SuppressWarnings("ReferenceEquality") // to ask whether two are equal may be foreign code itself
  Reach reachOfLook(Frame frame) {
    Known known = nodes.find(frame.node());
    boolean mayAsk =
        known != null
            && known.node() instanceof Directory<?> directory
            && (directory.isOnDemand() || directory.type() != DirectoryType.PLAIN);
    return mayAsk && notifier.findTeller(frame) == null ? Reach.QUESTION : Reach.NONE;
  }

  /// Whether looking into a directory runs code that is not ours. Asking may do that too.
  boolean isDynamic(long id) {
    Known known = nodes.find(id);
    return known != null && known.node() instanceof Directory<?> directory && directory.isDynamic();
  }

  int lookup(FuseRequest.Lookup request, Reply reply) {
    String name = request.name();
    if (request.nameBytes() > Names.MAX_BYTES) {
      return Replies.error(Errno.ENAMETOOLONG);
    }
    Known parent = nodes.find(request.frame().node());
    Known found = null;
    Teller teller = notifier.findTeller(request.frame());
    if (teller != null) {
      found = teller.answerToLookup(request.frame(), name);
    } else if (parent != null) {
      found = look(parent, name);
    }
    return found == null ? Replies.error(Errno.ENOENT) : attributes.entry(reply, 0, found);
  }

  /// @throws DriverfsException EAGAIN if each time when there was something, it went at once
  private @Nullable Known look(Known parent, String name) {
    for (int looks = 0; looks < MOST_LOOKS; looks++) {
      long asOf = nodes.asOf(parent); // before the directory is looked into
      Node node =
          parent.node() instanceof Directory<?> directory
              ? directory.find(name).orElse(null)
              : null;
      Known known = node == null ? null : nodes.remember(node, asOf);
      if (node == null || known != null) {
        return known;
      }
    }
    throw new DriverfsException(Errno.EAGAIN, name, "comes and goes; try again");
  }

  int forget(FuseRequest.Forget request) {
    nodes.forget(request.frame().node(), request.count());
    return Replies.NONE;
  }

  int forget(FuseRequest.BatchForget request) {
    for (int i = 0; i < request.size(); i++) {
      nodes.forget(request.node(i), request.count(i));
    }
    return Replies.NONE;
  }

  void forget(long id) {
    nodes.forget(id, 1);
  }

  int getAttr(FuseRequest.GetAttr request, Reply reply) {
    Known known = nodes.find(request.frame().node());
    if (known == null) {
      return Replies.error(Errno.ENOENT);
    }
    measure(known);
    return attributes.attributes(reply, known);
  }

  /// Times and sizes are accepted and mean nothing; owner, group and mode are kept in memory. That
  /// only the owner may change them is the kernel's to see to (default_permissions).
  int setAttr(FuseRequest.SetAttr request, Reply reply) {
    Known known = nodes.find(request.frame().node());
    if (known == null) {
      return Replies.error(Errno.ENOENT);
    }
    Node node = known.node();
    Access now = node.access();
    int valid = request.valid();
    var changed =
        new Access(
            (valid & FuseRequest.SetAttr.MODE) == 0 ? now.mode() : request.mode() & PERMISSIONS,
            (valid & FuseRequest.SetAttr.UID) == 0 ? now.uid() : request.uid(),
            (valid & FuseRequest.SetAttr.GID) == 0 ? now.gid() : request.gid());
    if (!changed.equals(now)) {
      node.setAccess(changed);
    }
    return attributes.attributes(reply, known);
  }

  int readLink(FuseRequest.ReadLink request, Reply reply) {
    Known known = nodes.find(request.frame().node());
    if (known == null || !(known.node() instanceof Link link)) {
      return Replies.error(Errno.EINVAL);
    }
    byte[] text = link.text().getBytes(StandardCharsets.UTF_8);
    if (text.length > LONGEST_LINK) {
      return Replies.error(Errno.ENAMETOOLONG);
    }
    reply.bytes(0, text);
    return text.length;
  }

  /// Nobody makes anything but a teller, which so tells those who watch.
  int make(FuseRequest.Make request, Reply reply) {
    Teller teller = notifier.findTeller(request.frame());
    Known made =
        teller != null && teller.isAbout(request.frame(), request.name()) ? teller.made() : null;
    return made == null ? Replies.error(Errno.EPERM) : attributes.entry(reply, 0, made);
  }

  /// Nobody removes anything but a teller, which so tells those who watch.
  int remove(FuseRequest.Remove request) {
    Teller teller = notifier.findTeller(request.frame());
    if (teller == null || !teller.isAbout(request.frame(), request.name())) {
      return Replies.error(Errno.EPERM);
    }
    teller.removing();
    return Replies.OK;
  }

  int statFs(Reply reply) {
    reply.zero(0, 80);
    reply.int32(40, 4096); // bsize
    reply.int32(44, 255); // namelen
    reply.int32(48, 4096); // frsize
    return 80;
  }

  /// Puts an entry into a reply, and counts that the kernel knows it.
  ///
  /// @param asOf see [KnownNodes#remember]
  /// @return false if it may have been removed since
  boolean entry(Reply reply, int at, Node node, long asOf) {
    Known known = nodes.remember(node, asOf);
    return known != null && attributes.entry(reply, at, known) > 0;
  }

  @Nullable Known find(long id) {
    return nodes.find(id);
  }

  /// The kernel reads a constant text up to its size, which must so be known first.
  private void measure(Known known) {
    File<?> file = unmeasured(known);
    if (file == null) {
      return;
    }
    OpenFile open = tree.openFiles().open(file, OpenMode.READ, Caller.SELF, this);
    try {
      known.size(open.readAll().length);
    } finally {
      tree.openFiles().close(open);
    }
  }

  private static @Nullable File<?> unmeasured(Known known) {
    return known.size() < 0
            && known.node() instanceof File<?> file
            && file.entry().isConstant()
            && !file.isRemoved()
        ? file
        : null;
  }
}
