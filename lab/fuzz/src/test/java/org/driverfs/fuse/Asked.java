package org.driverfs.fuse;

import static java.util.Map.entry;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Map;

/// A request as linux/fuse.h has it, read independently of what is tested.
record Asked(ByteBuffer bytes) {
  static final int LOOKUP = 1;
  static final int FORGET = 2;
  static final int OPEN = 14;
  static final int RELEASE = 18;
  static final int OPENDIR = 27;
  static final int READDIR = 28;
  static final int RELEASEDIR = 29;
  static final int READDIRPLUS = 44;
  private static final int READ = 15;
  private static final int WRITE = 16;
  private static final int INTERRUPT = 36;
  private static final int BATCH_FORGET = 42;

  private static final int HEADER = 40;
  private static final int ANY = -1;
  private static final int MOST = 4096;

  /// What a kind of request consists of.
  ///
  /// @param arguments the size of the structure behind the header
  /// @param texts how many texts follow it, each with a NUL
  /// @param reply the size of its reply
  private record Layout(String name, int arguments, int texts, int reply) {}

  private static final Layout UNKNOWN = new Layout("unknown", 0, 0, ANY);

  private static final Map<Integer, Layout> LAYOUTS =
      Map.ofEntries(
          entry(LOOKUP, new Layout("LOOKUP", 0, 1, 128)),
          entry(FORGET, new Layout("FORGET", 8, 0, ANY)),
          entry(3, new Layout("GETATTR", 16, 0, 104)),
          entry(4, new Layout("SETATTR", 88, 0, 104)),
          entry(6, new Layout("SYMLINK", 0, 2, ANY)),
          entry(8, new Layout("MKNOD", 16, 1, ANY)),
          entry(9, new Layout("MKDIR", 8, 1, ANY)),
          entry(10, new Layout("UNLINK", 0, 1, ANY)),
          entry(11, new Layout("RMDIR", 0, 1, ANY)),
          entry(OPEN, new Layout("OPEN", 8, 0, 16)),
          entry(READ, new Layout("READ", 40, 0, ANY)),
          entry(WRITE, new Layout("WRITE", 40, 0, 8)),
          entry(17, new Layout("STATFS", 0, 0, 80)),
          entry(RELEASE, new Layout("RELEASE", 24, 0, 0)),
          entry(26, new Layout("INIT", 16, 0, 64)),
          entry(OPENDIR, new Layout("OPENDIR", 8, 0, 16)),
          entry(READDIR, new Layout("READDIR", 40, 0, ANY)),
          entry(RELEASEDIR, new Layout("RELEASEDIR", 24, 0, 0)),
          entry(INTERRUPT, new Layout("INTERRUPT", 8, 0, ANY)),
          entry(38, new Layout("DESTROY", 0, 0, 0)),
          entry(40, new Layout("POLL", 24, 0, 8)),
          entry(BATCH_FORGET, new Layout("BATCH_FORGET", 8, 0, ANY)),
          entry(READDIRPLUS, new Layout("READDIRPLUS", 40, 0, ANY)));

  Asked(byte[] request) {
    this(ByteBuffer.wrap(request).order(ByteOrder.nativeOrder()));
  }

  /// A request whose first argument is a number.
  static byte[] request(int opcode, long node, long first, int size) {
    ByteBuffer request = ByteBuffer.allocate(HEADER + size).order(ByteOrder.nativeOrder());
    request.putInt(0, HEADER + size).putInt(4, opcode).putLong(16, node).putLong(HEADER, first);
    return request.array();
  }

  /// 0, which is none, where the header says another length.
  int opcode() {
    return bytes.getInt(0) == bytes.limit() ? bytes.getInt(4) : 0;
  }

  long unique() {
    return bytes.getLong(8);
  }

  boolean wantsReply() {
    boolean isSilent = opcode() == FORGET || opcode() == BATCH_FORGET;
    return !isSilent && !(opcode() == INTERRUPT && isWhole());
  }

  /// Whether all that it consists of is there.
  boolean isWhole() {
    int left = bytes.limit() - HEADER - layout().arguments();
    if (left < 0) {
      return false;
    }
    return switch (opcode()) {
      case WRITE -> size() == left;
      case BATCH_FORGET -> bytes.getInt(HEADER) >= 0 && bytes.getInt(HEADER) <= left / 16;
      default -> endedTexts(bytes.limit() - left) >= layout().texts();
    };
  }

  private int endedTexts(int from) {
    int count = 0;
    for (int i = from; i < bytes.limit(); i++) {
      count += bytes.get(i) == 0 ? 1 : 0;
    }
    return count;
  }

  private Layout layout() {
    return LAYOUTS.getOrDefault(opcode(), UNKNOWN);
  }

  private int size() {
    return bytes.getInt(HEADER + 16);
  }

  int leastReply() {
    return Math.max(0, layout().reply());
  }

  int mostReply() {
    return switch (opcode()) {
      case READ, READDIR, READDIRPLUS -> Math.max(0, size());
      default -> layout().reply() == ANY ? MOST : layout().reply();
    };
  }

  @Override
  public String toString() {
    byte[] copy = new byte[bytes.limit()];
    bytes.get(0, copy);
    return layout().name() + ": " + HexFormat.of().formatHex(copy);
  }
}
