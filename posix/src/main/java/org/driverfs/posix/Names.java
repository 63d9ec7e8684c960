package org.driverfs.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// The calls that make, remove and resolve names in a directory.
///
/// Each takes the directory where the path starts ([Descriptor#WORKING_DIRECTORY] for absolute
/// ones) and throws a [org.driverfs.errno.DriverfsException] with the error of its manual page.
public final class Names {
  /// The kind of a regular file, for [#makeNode].
  public static final int REGULAR_FILE = 0x8000;

  /// The kind of a named pipe, for [#makeNode].
  public static final int NAMED_PIPE = 0x1000;

  private static final int AT_REMOVEDIR = 0x200;
  private static final int PATH_MAX = 4096;

  private Names() {}

  /// readlinkat(2).
  ///
  /// @return the link's target as it stands there, neither resolved nor checked
  public static String readLink(Descriptor directory, String path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(PATH_MAX);
      long size =
          call(
              Abi.READLINKAT,
              directory.number(),
              arena.allocateFrom(path).address(),
              target.address(),
              PATH_MAX);
      Failure.check(size, path, "cannot be read as a symbolic link");
      byte[] bytes = new byte[(int) size];
      MemorySegment.copy(target, ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /// mkdirat(2).
  ///
  /// @param permissions those of the new directory, less the process's umask
  public static void makeDirectory(Descriptor directory, String path, int permissions) {
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom(path).address();
      long result = call(Abi.MKDIRAT, directory.number(), name, permissions, 0);
      Failure.check(result, path, "cannot be made a directory");
    }
  }

  /// mknodat(2) of a file that is no device.
  ///
  /// @param mode a kind, such as [#REGULAR_FILE], and the permissions, less the process's umask
  public static void makeNode(Descriptor directory, String path, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom(path).address();
      long result = call(Abi.MKNODAT, directory.number(), name, mode, 0);
      Failure.check(result, path, "cannot be created");
    }
  }

  /// symlinkat(2).
  ///
  /// @param target what the link says
  public static void makeLink(String target, Descriptor directory, String path) {
    try (Arena arena = Arena.ofConfined()) {
      long text = arena.allocateFrom(target).address();
      long name = arena.allocateFrom(path).address();
      long result = call(Abi.SYMLINKAT, text, directory.number(), name, 0);
      Failure.check(result, path, "cannot be made a symbolic link");
    }
  }

  /// unlinkat(2) of a file or a symbolic link.
  public static void unlink(Descriptor directory, String path) {
    remove(directory, path, 0);
  }

  /// unlinkat(2) of an empty directory.
  public static void removeDirectory(Descriptor directory, String path) {
    remove(directory, path, AT_REMOVEDIR);
  }

  private static void remove(Descriptor directory, String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom(path).address();
      long result = call(Abi.UNLINKAT, directory.number(), name, flags, 0);
      Failure.check(result, path, "cannot be removed");
    }
  }

  private static long call(int number, long a, long b, long c, long d) {
    return SystemCalls.ofThread().call(number, a, b, c, d);
  }
}
