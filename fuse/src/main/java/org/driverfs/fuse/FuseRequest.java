package org.driverfs.fuse;

/// A request of the kernel (linux/fuse.h). Each is a view of its worker's [Frame], made once for
/// the worker: what it says is read where it stands, so that a request allocates nothing.
///
/// It is valid until the worker reads the next one.
sealed interface FuseRequest {
  Frame frame();

  /// Whether the payload is what the arguments say. What an earlier request has left in the frame
  /// must not be read.
  ///
  /// @param length of the payload, in bytes
  default boolean isWhole(int length) {
    return true;
  }

  /// Finds an entry of a directory, which the kernel knows from then on.
  record Lookup(Frame frame) implements FuseRequest {
    @Override
    public boolean isWhole(int length) {
      return frame.endsText(length);
    }

    String name() {
      return frame.text(0);
    }

    int nameBytes() {
      return frame.length() - Frame.HEADER - 1;
    }
  }

  /// The kernel has dropped a node; it counts how often it was told of it. No reply.
  record Forget(Frame frame) implements FuseRequest {
    long count() {
      return frame.int64(0);
    }
  }

  /// Several [Forget]s. No reply.
  record BatchForget(Frame frame) implements FuseRequest {
    @Override
    public boolean isWhole(int length) {
      return size() >= 0 && size() <= length / 16;
    }

    int size() {
      return frame.int32(0);
    }

    long node(int index) {
      return frame.int64(8 + 16 * index);
    }

    long count(int index) {
      return frame.int64(16 + 16 * index);
    }
  }

  /// Asks for the attributes of a node.
  record GetAttr(Frame frame) implements FuseRequest {}

  /// Changes attributes of a node.
  record SetAttr(Frame frame) implements FuseRequest {
    static final int MODE = 1;
    static final int UID = 1 << 1;
    static final int GID = 1 << 2;

    /// Which of the others are meant: MODE, UID, GID and more.
    int valid() {
      return frame.int32(0);
    }

    int mode() {
      return frame.int32(68);
    }

    int uid() {
      return frame.int32(76);
    }

    int gid() {
      return frame.int32(80);
    }
  }

  /// Asks for the text of a symbolic link.
  record ReadLink(Frame frame) implements FuseRequest {}

  /// Would make something; nobody but we ourselves may, see [Notifier].
  record Make(Frame frame, int argumentSize) implements FuseRequest {
    @Override
    public boolean isWhole(int length) {
      return frame.endsText(length);
    }

    String name() {
      return frame.text(argumentSize);
    }
  }

  /// Would remove something; nobody but we ourselves may, see [Notifier].
  record Remove(Frame frame) implements FuseRequest {
    @Override
    public boolean isWhole(int length) {
      return frame.endsText(length);
    }

    String name() {
      return frame.text(0);
    }
  }

  /// Opens a file.
  record Open(Frame frame) implements FuseRequest {
    /// As open(2) has them.
    int flags() {
      return frame.int32(0);
    }
  }

  /// Reads from an open file.
  record Read(Frame frame) implements FuseRequest {
    long handle() {
      return frame.int64(0);
    }

    long offset() {
      return frame.int64(8);
    }

    int size() {
      return frame.int32(16);
    }
  }

  /// Writes to an open file.
  record Write(Frame frame) implements FuseRequest {
    static final int ARGUMENTS = 40;

    @Override
    public boolean isWhole(int length) {
      return size() == length;
    }

    long handle() {
      return frame.int64(0);
    }

    long offset() {
      return frame.int64(8);
    }

    int size() {
      return frame.int32(16);
    }
  }

  /// The last user of an open file has closed it.
  record Release(Frame frame) implements FuseRequest {
    long handle() {
      return frame.int64(0);
    }
  }

  /// Asks what poll(2) would say, and to be told when that changes.
  record Poll(Frame frame) implements FuseRequest {
    private static final int SCHEDULE_NOTIFY = 1;

    long handle() {
      return frame.int64(0);
    }

    /// What the kernel wants to be woken with.
    long kernelHandle() {
      return frame.int64(8);
    }

    boolean wantsNotice() {
      return (frame.int32(16) & SCHEDULE_NOTIFY) != 0;
    }
  }

  /// Opens a directory.
  record OpenDir(Frame frame) implements FuseRequest {}

  /// Lists an open directory.
  ///
  /// @param plus whether the attributes are wanted too; each entry then counts as a [Lookup]
  record ReadDir(Frame frame, boolean plus) implements FuseRequest {
    long handle() {
      return frame.int64(0);
    }

    long offset() {
      return frame.int64(8);
    }

    int size() {
      return frame.int32(16);
    }
  }

  /// The last user of an open directory has closed it.
  record ReleaseDir(Frame frame) implements FuseRequest {
    long handle() {
      return frame.int64(0);
    }
  }

  /// Asks about the file system.
  record StatFs(Frame frame) implements FuseRequest {}

  /// The first request.
  record Init(Frame frame) implements FuseRequest {
    int major() {
      return frame.int32(0);
    }

    int minor() {
      return frame.int32(4);
    }

    int flags() {
      return frame.int32(12);
    }
  }

  /// Who waits for another request has been interrupted.
  record Interrupt(Frame frame) implements FuseRequest {
    /// The other request.
    long interrupted() {
      return frame.int64(0);
    }
  }

  /// The mount is gone.
  record Destroy(Frame frame) implements FuseRequest {}

  /// Less than it says it is.
  ///
  /// @param wantsReply whether one of its kind gets a reply
  record CutOff(Frame frame, boolean wantsReply) implements FuseRequest {}

  /// What nobody may do here.
  record Forbidden(Frame frame) implements FuseRequest {}

  /// What the kernel can do without us, or cannot be done here.
  record Unknown(Frame frame) implements FuseRequest {}
}
