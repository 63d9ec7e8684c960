package org.driverfs.tree;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;

/// A symbolic link: relative, and computed when it is read, so that it is right wherever it or its
/// target has moved to.
public final class Link extends Node {
  private final @Nullable Node target;
  private final Supplier<String> given;

  Link(long id, Directory<?> parent, String name, Node target) {
    super(id, parent, name);
    this.target = target;
    this.given = () -> "";
  }

  /// A link made on demand, whose text its directory knows.
  Link(Directory<?> parent, String name, Supplier<String> text) {
    super(onDemandId(parent, name), parent, name);
    this.target = null;
    this.given = text;
  }

  /// What is left of a link that was removed.
  Link(long id, Directory<?> parent, String name) {
    super(id, parent, name);
    this.target = null;
    this.given =
        () -> {
          throw new DriverfsException(Errno.ENOENT, name, "was removed");
        };
  }

  /// What the link leads to; null if only its text is known.
  public @Nullable Node target() {
    return target;
  }

  /// The text of the link: the way from its directory to its target.
  ///
  /// @throws DriverfsException ENOENT if the target is gone; what whoever knows the text has thrown
  public String text() {
    if (target == null) {
      return Contained.call(
          this,
          "readlink",
          () -> Objects.requireNonNull(given.get(), "the text of a link is null"));
    }
    if (target.isRemoved()) {
      throw new DriverfsException(Errno.ENOENT, path(), "what this link leads to was removed");
    }
    List<String> from = segments(Objects.requireNonNull(parent()).path());
    List<String> to = segments(target.path());
    int common = 0;
    while (common < Math.min(from.size(), to.size()) && from.get(common).equals(to.get(common))) {
      common++;
    }
    String up = "../".repeat(from.size() - common);
    String down = String.join("/", to.subList(common, to.size()));
    return down.isEmpty() ? (up.isEmpty() ? "." : up.substring(0, up.length() - 1)) : up + down;
  }

  @Override
  public Directory<?> anchor() {
    return Objects.requireNonNull(parent()).anchor();
  }

  @Override
  int defaultMode() {
    return 0777;
  }

  private static List<String> segments(String path) {
    return path.isEmpty() ? List.of() : List.of(path.split("/"));
  }
}
