package org.driverfs.tree;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;

/// The directory of an object: the files that all objects of its kind have, made when somebody
/// looks, and the directories, links and files that were put into it.
///
/// Thread-safe. Children change under the structure lock of the tree; who has files open is guarded
/// by the monitor of this directory, inside which no other lock is taken and no callback runs.
///
/// @param <T> what is represented
public sealed class Directory<T> extends Node permits Group {
  private final Tree tree;
  private final DirectoryType<T> type;
  private final T object;
  private static final int MOST_LOOKS = 8;

  private volatile @Nullable Entries children;

  // The two are null for almost all directories. Guarded by the monitor of this.
  private @Nullable OpenFile openFiles;
  private @Nullable Map<Long, Access> changedAccess;

  /// Written with the monitor of this held.
  private volatile int revocations;

  Directory(
      Tree tree,
      long id,
      @Nullable Directory<?> parent,
      String name,
      DirectoryType<T> type,
      T object) {
    super(id, parent, name);
    this.tree = tree;
    this.type = type;
    this.object = object;
  }

  /// What is represented here.
  public final T object() {
    return object;
  }

  /// The tree that this directory was made in.
  public final Tree tree() {
    return tree;
  }

  /// What the directories of this kind have in common.
  public final DirectoryType<T> type() {
    return type;
  }

  /// Whether this is a subdirectory of entries of the same object as the directory above.
  public final boolean isGroup() {
    return this instanceof Group;
  }

  /// Whether looking into this directory runs code that is not ours, and that may give other
  /// entries without anybody being told.
  public final boolean isDynamic() {
    return type.files().isDynamic(object);
  }

  /// Looks for an entry; `.` and `..` are none.
  public final Optional<Node> find(String name) {
    Optional<Node> child = findChild(name);
    if (child.isPresent()) {
      return child;
    }
    if (isRemoved()) {
      return Optional.empty();
    }
    Entry<? super T> entry =
        Contained.<@Nullable Entry<? super T>>call(
            this, "find", () -> type.files().find(object, name));
    return entry == null ? Optional.empty() : Optional.of(node(entry));
  }

  /// Looks among the directories, links and files that were put here, and not among the files that
  /// the kind of the object brings.
  public final Optional<Node> findChild(String name) {
    Entries there = children;
    return there == null ? Optional.empty() : Optional.ofNullable(there.find(name));
  }

  /// Whether there is something that was put here.
  public final boolean hasChildren() {
    Entries there = children;
    return there != null && there.size() > 0;
  }

  /// The entry of that name.
  ///
  /// @throws DriverfsException ENOENT if there is none
  public final Node require(String name) {
    return find(name)
        .orElseThrow(() ->
            new DriverfsException(
                Errno.ENOENT, path().isEmpty() ? name : path() + "/" + name, "does not exist"));
  }

  /// Makes a subdirectory for an object.
  ///
  /// @throws DriverfsException EEXIST, ENOENT if this directory was removed, EINVAL if it comes
  ///   with the kind of its object, or what [Names] says
  public final <U> Directory<U> createDirectory(String name, DirectoryType<U> type, U object) {
    return tree.add(new Directory<>(tree, tree.nextId(), this, Names.require(name), type, object));
  }

  /// Makes a subdirectory that only holds other directories and links.
  ///
  /// @throws DriverfsException EEXIST, ENOENT if this directory was removed, EINVAL if it comes
  ///   with the kind of its object, or what [Names] says
  @SuppressWarnings("NullAway") // the one value of Void
  public final Directory<Void> createDirectory(String name) {
    return createDirectory(name, DirectoryType.PLAIN, null);
  }

  /// Makes a file of this object alone.
  ///
  /// @throws DriverfsException EEXIST, ENOENT if this directory was removed, or EINVAL if it comes
  ///   with the kind of its object
  public final File<T> createFile(FileEntry<? super T> entry) {
    return tree.add(new File<>(tree.nextId(), this, entry));
  }

  /// Makes a symbolic link.
  ///
  /// @param target where it leads to; whoever removes that removes the link first
  /// @throws DriverfsException EEXIST, ENOENT if this directory was removed, EINVAL if it comes
  ///   with the kind of its object, or what [Names] says
  public final Link createLink(String name, Node target) {
    return tree.add(new Link(tree.nextId(), this, Names.require(name), target));
  }

  /// Removes an entry that was put here, with all that is below it. Files that are open answer
  /// ENODEV from then on.
  ///
  /// @throws DriverfsException ENOENT if there is none
  public final void remove(String name) {
    if (!tree.remove(this, name)) {
      throw new DriverfsException(Errno.ENOENT, path() + "/" + name, "does not exist");
    }
  }

  /// Tells clients that an entry of the kind of this object is there from now on.
  public final void appeared(Entry<? super T> entry) {
    tree.announce(node(entry));
  }

  /// Tells clients that an entry of the kind of this object is not there any more, and revokes the
  /// open files that are it or below it.
  public final void disappeared(Entry<? super T> entry) {
    Node node = node(entry);
    tree.withdraw(this, node);
    anchor().revoke(file -> file.isOrIsBelow(node.id()));
  }

  /// Tells clients to look again for an entry of the kind of this object: it may be another, or
  /// gone. Files that are open stay so.
  public final void forgotten(Entry<? super T> entry) {
    tree.withdraw(this, node(entry));
  }

  /// Looks whether there is an entry of that name now, and tells clients as [#appeared] and
  /// [#disappeared] do. Whoever makes entries of the kind of this object come and go calls this
  /// afterwards. When several do at once, clients are left with what the last of them saw; one that
  /// is another whenever somebody looks is left to its next caller.
  public final void lookAgain(String name) {
    for (int look = 0; look < MOST_LOOKS; look++) {
      Optional<Node> found = find(name);
      found.ifPresentOrElse(
          tree::announce,
          () -> disappeared(FileEntry.text(name, 0, null, null))); // a file stands for any entry
      if (find(name).isPresent() == found.isPresent()) {
        return;
      }
    }
  }

  /// Gives this directory another place, another name or both. Open files stay open.
  ///
  /// @return this
  /// @throws DriverfsException EEXIST; ENOENT if this or the new parent was removed; EINVAL if that
  ///   is below this, or if one of the two comes with the kind of an object; or what [Names] says
  public final Directory<T> moveTo(Directory<?> newParent, String newName) {
    tree.move(this, newParent, newName);
    return this;
  }

  @Override
  public Directory<?> anchor() {
    return this;
  }

  /// Begins to hand over the open files of this directory's object to a new owner, without their
  /// clients noticing; see [Handover]. From now on reads, writes and polls of them wait.
  ///
  /// @param owners the owners whose files are meant, the same throughout. None of them lets anybody
  ///   begin to use it from now on: its `get` waits for the outcome, or refuses
  /// @throws DriverfsException EBUSY if the directory is being handed over already
  public final Handover beginHandover(Predicate<Subsystem<?>> owners) {
    return Handover.begin(anchor(), owners);
  }

  /// This place, with none of the entries that its object brings.
  Directory<T> inert() {
    return this;
  }

  @Override
  int defaultMode() {
    return 0755;
  }

  final @Nullable Entries children() {
    return children;
  }

  /// Called with the structure lock held.
  final Entries childrenLocked() {
    Entries there = children;
    if (there == null) {
      there = new Entries();
      children = there;
    }
    return there;
  }

  /// The node for an entry of the kind of this object.
  final Node node(Entry<? super T> entry) {
    return switch (entry) {
      case FileEntry<? super T> file -> new File<>(this, file);
      case Entry.Group<? super T> group -> group(group);
      case Entry.LinkTo<? super T> link ->
          new Link(this, link.name(), () -> link.text().apply(object));
    };
  }

  private <S> Node group(Entry.Group<S> group) {
    @SuppressWarnings("unchecked") // a group of S is in the directory of a T, which is an S
    Group<S> node =
        new Group<>((Directory<? extends S>) this, group.name(), (FileSet<S>) group.files());
    return node;
  }

  final synchronized @Nullable Access changedAccess(long id) {
    return changedAccess == null ? null : changedAccess.get(id);
  }

  final synchronized void changeAccess(long id, Access access) {
    if (changedAccess == null) {
      changedAccess = new HashMap<>(2);
    }
    changedAccess.put(id, access);
  }

  /// @return false if the directory was removed; then the file is not kept
  final synchronized boolean keep(OpenFile file) {
    if (gone || file.isRetired()) {
      return false; // whoever has revoked it meanwhile did not find it here
    }
    file.next = openFiles;
    if (openFiles != null) {
      openFiles.previous = file;
    }
    openFiles = file;
    return true;
  }

  final synchronized void drop(OpenFile file) {
    if (openFiles == file) {
      openFiles = file.next;
    } else if (file.previous != null) {
      file.previous.next = file.next;
    } else {
      return;
    }
    if (file.next != null) {
      file.next.previous = file.previous;
    }
    file.next = null;
    file.previous = null;
  }

  /// Tells clients that a file of the kind of this object may have another text now. Nobody is
  /// asked whether there is such a file: whoever has seen it is told.
  ///
  /// @param path its name, with the groups that it is in before it and slashes between
  public final void changed(String path) {
    int slash = path.indexOf('/');
    if (slash >= 0) {
      new Group<T>(this, path.substring(0, slash), FileSet.none())
          .changed(path.substring(slash + 1));
    } else if (findChild(path).orElse(null) instanceof File<?> file) {
      file.changed();
    } else {
      new File<>(this, known(path)).changed();
    }
  }

  /// The entry of that name; or, where nobody knows without asking, one that any text may be of.
  private FileEntry<? super T> known(String name) {
    return type.files().findKnown(object, name) instanceof FileEntry<? super T> entry
        ? entry
        : FileEntry.<T>text(name, 0, null, null).constant();
  }

  final void changed(File<?> file) {
    for (OpenFile open : openFiles(each -> each.isOf(file))) {
      open.changed();
    }
    tree.changed(file);
  }

  /// Lets those who have a file of some owners open in this directory, or in groups of it, use it
  /// no more: they get ENODEV.
  public final void revokeOwned(Predicate<Subsystem<?>> owners) {
    anchor()
        .revoke(open -> {
          Subsystem<?> owner = open.owner();
          return owner != null && owners.test(owner);
        });
  }

  final void revoke(Predicate<OpenFile> which) {
    List<OpenFile> revoked;
    synchronized (this) {
      revocations++;
      revoked = openFiles(which);
    }
    revoked.forEach(OpenFile::revoke);
  }

  /// How often files were revoked here; see [OpenFiles#revocations].
  final int revocations() {
    return revocations;
  }

  /// Called with the structure lock held, on a directory that has just been taken out of its tree.
  ///
  /// @return all files that are open in it and below it
  final List<OpenFile> markGone() {
    List<OpenFile> open = new ArrayList<>();
    var left = new ArrayDeque<Directory<?>>(List.of(this));
    while (!left.isEmpty()) {
      Directory<?> directory = left.pop();
      synchronized (directory) {
        directory.gone = true;
        open.addAll(directory.openFiles(_ -> true));
      }
      directory.subdirectories().forEach(left::push);
    }
    return open;
  }

  /// Those that were put here.
  private List<Directory<?>> subdirectories() {
    Entries there = children;
    var nodes = new Node[there == null ? 0 : there.size()];
    if (there != null) {
      there.list(0, nodes, new long[nodes.length]);
    }
    List<Directory<?>> directories = new ArrayList<>();
    for (Node node : nodes) {
      if (node instanceof Directory<?> directory) {
        directories.add(directory);
      }
    }
    return directories;
  }

  /// Makes each opening that has begun before look whether it is true still.
  final synchronized void overtake() {
    revocations++;
  }

  final synchronized List<OpenFile> openFiles(Predicate<OpenFile> which) {
    List<OpenFile> found = new ArrayList<>();
    for (OpenFile file = openFiles; file != null; file = file.next) {
      if (which.test(file)) {
        found.add(file);
      }
    }
    return found;
  }
}
