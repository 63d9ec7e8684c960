package org.driverfs.errno;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Any failure of driverfs: an error number for programs, and for people the thing it happened to
/// and a sentence that says what was wrong and what to do.
///
/// It is unchecked, so that the callbacks of drivers may throw it through any functional interface.
public final class DriverfsException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Errno errno;
  private final String path;
  private final String sentence;

  /// @param errno what a system call would have failed with
  /// @param path the file, object or argument it happened to
  /// @param sentence what was wrong with it, and what to do
  public DriverfsException(Errno errno, String path, String sentence) {
    this(errno, path, sentence, null);
  }

  /// @param errno what a system call would have failed with
  /// @param path the file, object or argument it happened to; empty if whoever throws it does not
  ///   know: then those who do say so with [#at]
  /// @param sentence what was wrong with it, and what to do
  /// @param cause what was thrown, if something was
  public DriverfsException(Errno errno, String path, String sentence, @Nullable Throwable cause) {
    super((path.isEmpty() ? "" : path + ": ") + sentence + " (" + errno + ")", cause);
    this.errno = Objects.requireNonNull(errno, "a failure has an error number");
    this.path = path;
    this.sentence = sentence;
  }

  /// The same failure, with the place where it happened.
  ///
  /// @return this, if it says where already
  public DriverfsException at(String place) {
    if (!path.isEmpty()) {
      return this;
    }
    var placed = new DriverfsException(errno, place, sentence, getCause());
    placed.setStackTrace(getStackTrace());
    return placed;
  }

  /// What a system call would have failed with.
  public Errno errno() {
    return errno;
  }

  /// The file, object or argument it happened to; empty if that is not known yet.
  public String path() {
    return path;
  }

  /// What was wrong with it, and what to do.
  public String sentence() {
    return sentence;
  }
}
