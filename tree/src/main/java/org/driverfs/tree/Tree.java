package org.driverfs.tree;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;

/// Directories, files and links, for any kind of object; doors such as a mount show them.
///
/// Thread-safe. One lock, the structure lock, orders all changes; reading takes no lock but the
/// short monitors of [Entries]. No callback of a [Subsystem] or [FileEntry] runs under any of them.
public final class Tree {
  private static final int MOST_LINKS = 40;

  /// The structure lock. Taken before the monitors of directories and entries, never inside them.
  private final ReentrantLock structure = new ReentrantLock();

  private final AtomicLong lastId = new AtomicLong();
  private final List<TreeListener> listeners = new CopyOnWriteArrayList<>();
  private final OpenFiles openFiles = new OpenFiles();
  private final Directory<Void> root;
  private final int uid;
  private final int gid;

  /// A tree that is empty and owned by root.
  public Tree() {
    this(0, 0);
  }

  /// An empty tree.
  ///
  /// @param uid who owns all that nobody has given to somebody else
  /// @param gid the group likewise
  @SuppressWarnings("NullAway") // the one value of Void
  public Tree(int uid, int gid) {
    this.uid = uid;
    this.gid = gid;
    root = new Directory<>(this, nextId(), null, "", DirectoryType.PLAIN, null);
  }

  /// The top.
  public Directory<Void> root() {
    return root;
  }

  /// All files of this tree that are open.
  public OpenFiles openFiles() {
    return openFiles;
  }

  /// Lets somebody hear of every change from now on.
  public void addListener(TreeListener listener) {
    structure.lock();
    try {
      listeners.add(listener);
    } finally {
      structure.unlock();
    }
  }

  /// Ends [#addListener].
  public void removeListener(TreeListener listener) {
    listeners.remove(listener);
  }

  /// Follows a path from the root, through links.
  ///
  /// @param path names with slashes between; where the slashes are doubled or at an end does not
  ///   matter, and `.` and `..` mean what they always do
  /// @throws DriverfsException ENOENT, ENOTDIR, or ELOOP after 40 links in all
  public Node resolve(String path) {
    return new Walk().resolve(root, path);
  }

  /// Removes a node that was put into the tree, with all below it. Its files that are open are
  /// revoked before this returns.
  ///
  /// @return false if it was removed before
  public boolean remove(Node node) {
    return remove(() -> {
      Directory<?> parent = node.parent();
      return parent == null
          ? null
          : parent.findChild(node.name()).filter(it -> it == node).orElse(null);
    });
  }

  /// Removes what has a name in a directory, and not what had it a moment ago.
  ///
  /// @return false if nothing has
  boolean remove(Directory<?> parent, String name) {
    return remove(() -> parent.findChild(name).orElse(null));
  }

  /// @param choice called with the structure lock held
  private boolean remove(Supplier<@Nullable Node> choice) {
    Node node;
    List<OpenFile> revoked = List.of();
    structure.lock();
    try {
      node = choice.get();
      if (node == null) {
        return false;
      }
      Directory<?> parent = Objects.requireNonNull(node.parent());
      parent.childrenLocked().remove(node);
      if (node instanceof Directory<?> directory) {
        revoked = directory.markGone();
      } else {
        node.gone = true;
      }
      String name = node.name();
      listeners.forEach(listener -> listener.removed(parent, name, node));
    } finally {
      structure.unlock();
    }
    revoked.forEach(OpenFile::revoke);
    if (node instanceof File<?> file) {
      file.anchor().revoke(open -> open.isOf(file));
    }
    return true;
  }

  /// Gives a directory or link another place, another name or both. Open files stay open. Within
  /// one directory it is always found under one of its two names; between two, for a moment in
  /// neither.
  ///
  /// @throws DriverfsException EEXIST, ENOENT if one of the two was removed, EINVAL if the new
  ///   place is below the node itself or one of the two comes with the kind of an object, or what
  ///   [Names] says
  void move(Node node, Directory<?> newParent, String newName) {
    Names.require(newName);
    structure.lock();
    try {
      Directory<?> oldParent = node.parent();
      if (oldParent == null || node.isRemoved() || newParent.isRemoved()) {
        throw new DriverfsException(Errno.ENOENT, node.path(), "was removed");
      }
      for (Node up = newParent; up != null; up = up.parent()) {
        if (up == node) {
          throw new DriverfsException(
              Errno.EINVAL, node.path(), "cannot be moved below itself, to " + newParent);
        }
      }
      requirePermanent(node);
      requirePermanent(newParent);
      requireFree(newParent, newName);
      String oldName = node.name();
      if (newParent == oldParent) {
        oldParent.childrenLocked().rename(node, newName);
      } else {
        oldParent.childrenLocked().remove(node);
        node.place(newParent, newName);
        newParent.childrenLocked().add(node);
      }
      listeners.forEach(listener -> listener.removed(oldParent, oldName, node));
      listeners.forEach(listener -> listener.created(node));
    } finally {
      structure.unlock();
    }
  }

  /// Lets the listeners see the tree as it stands while nothing in it changes, for tests and for a
  /// client that has lost track.
  public void still(Runnable look) {
    structure.lock();
    try {
      look.run();
    } finally {
      structure.unlock();
    }
  }

  long nextId() {
    return lastId.incrementAndGet();
  }

  Access ownedByDefault(int mode) {
    return new Access(mode, uid, gid);
  }

  /// A removed directory that stands nowhere; for [Node#tombstone].
  @SuppressWarnings("NullAway") // the one value of Void
  Directory<Void> grave(long id, String name) {
    var grave = new Directory<>(this, id, null, name, DirectoryType.PLAIN, null);
    grave.gone = true;
    return grave;
  }

  <N extends Node> N add(N node) {
    structure.lock();
    try {
      Directory<?> parent = Objects.requireNonNull(node.parent());
      if (parent.isRemoved()) {
        throw new DriverfsException(Errno.ENOENT, parent.path(), "was removed");
      }
      requirePermanent(parent);
      requireFree(parent, node.name());
      parent.childrenLocked().add(node);
      listeners.forEach(listener -> listener.created(node));
    } finally {
      structure.unlock();
    }
    return node;
  }

  /// Lets two entries of one directory exchange their names, so that neither name is ever missing.
  ///
  /// @throws DriverfsException ENOENT if they are not in one directory, EINVAL if one comes with
  ///   the kind of an object
  public void exchange(Directory<?> one, Directory<?> other) {
    requirePermanent(one);
    requirePermanent(other);
    structure.lock();
    try {
      Directory<?> parent = one.parent();
      Entries siblings = parent == null || parent != other.parent() ? null : parent.children();
      if (parent == null || siblings == null || one.isRemoved() || other.isRemoved()) {
        throw new DriverfsException(Errno.ENOENT, one.path(), "does not stand beside " + other);
      }
      siblings.exchange(one, other);
      for (Directory<?> each : List.of(one, other)) {
        listeners.forEach(listener -> listener.removed(parent, each.name(), each));
        listeners.forEach(listener -> listener.created(each));
      }
    } finally {
      structure.unlock();
    }
  }

  void announce(Node node) {
    structure.lock();
    try {
      listeners.forEach(listener -> listener.created(node));
    } finally {
      structure.unlock();
    }
  }

  void withdraw(Directory<?> parent, Node node) {
    structure.lock();
    try {
      listeners.forEach(listener -> listener.removed(parent, node.name(), node));
    } finally {
      structure.unlock();
    }
  }

  void changed(File<?> file) {
    structure.lock();
    try {
      listeners.forEach(listener -> listener.changed(file));
    } finally {
      structure.unlock();
    }
  }

  /// What the kind of an object brings is not asked here when asking runs foreign code: then what
  /// was put into the directory wins.
  private static void requireFree(Directory<?> parent, String name) {
    Entries there = parent.children();
    if ((there != null && there.find(name) != null) || isTemplate(parent, name)) {
      throw new DriverfsException(
          Errno.EEXIST,
          parent.path().isEmpty() ? name : parent.path() + "/" + name,
          "exists already; choose another name, or remove it first");
    }
  }

  private static <T> boolean isTemplate(Directory<T> parent, String name) {
    return parent.type().files().findFixed(parent.object(), name) != null;
  }

  /// @throws DriverfsException EINVAL if a node is made whenever somebody looks: what is put into
  ///   it would be lost, and it cannot stand elsewhere
  private static void requirePermanent(Node node) {
    if (node.isOnDemand()) {
      throw new DriverfsException(
          Errno.EINVAL,
          node.path(),
          "comes with the kind of its object: nothing can be put there, and it cannot be moved");
    }
  }

  /// The way along one path, and along the links that it leads through.
  private static final class Walk {
    private int linksLeft = MOST_LINKS;

    Node resolve(Directory<?> from, String path) {
      Node here = from;
      for (int i = 0; i < path.length(); ) {
        int slash = path.indexOf('/', i);
        int end = slash < 0 ? path.length() : slash;
        if (end > i) {
          here = step(requireDirectory(here, path), path.substring(i, end));
          while (here instanceof Link link) {
            if (linksLeft-- == 0) {
              throw new DriverfsException(Errno.ELOOP, path, "leads through too many links");
            }
            here = follow(link);
          }
        }
        i = end + 1;
      }
      return here;
    }

    private Node follow(Link link) {
      Node target = link.target();
      if (target != null && !target.isRemoved()) {
        return target;
      }
      return resolve(Objects.requireNonNull(link.parent()), link.text());
    }

    private static Node step(Directory<?> from, String name) {
      return switch (name) {
        case "." -> from;
        case ".." -> Objects.requireNonNullElse(from.parent(), from);
        default -> from.require(name);
      };
    }

    private static Directory<?> requireDirectory(Node node, String path) {
      if (node instanceof Directory<?> directory) {
        return directory;
      }
      throw new DriverfsException(Errno.ENOTDIR, path, "/" + node.path() + " is not a directory");
    }
  }
}
