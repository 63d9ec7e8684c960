package org.driverfs.fuse;

import org.jspecify.annotations.Nullable;

/// Says which request a frame holds. Everything else a request is, it reads from the frame itself.
final class RequestDecoder {
  static final int INIT = 26;

  private static final int OPCODES = 64;

  private final Frame frame;
  private final @Nullable FuseRequest[] byOpcode = new @Nullable FuseRequest[OPCODES];
  private final int[] arguments = new int[OPCODES];
  private final FuseRequest unknown;

  RequestDecoder(Frame frame) {
    this.frame = frame;
    this.unknown = new FuseRequest.Unknown(frame);
    var forbidden = new FuseRequest.Forbidden(frame);
    put(1, 0, new FuseRequest.Lookup(frame));
    put(2, 8, new FuseRequest.Forget(frame));
    put(3, 16, new FuseRequest.GetAttr(frame));
    put(4, 88, new FuseRequest.SetAttr(frame));
    put(5, 0, new FuseRequest.ReadLink(frame));
    put(6, 0, new FuseRequest.Make(frame, 0)); // symlink
    put(8, 16, new FuseRequest.Make(frame, 16)); // mknod
    put(9, 8, new FuseRequest.Make(frame, 8)); // mkdir
    put(10, 0, new FuseRequest.Remove(frame)); // unlink
    put(11, 0, new FuseRequest.Remove(frame)); // rmdir
    put(12, 0, forbidden); // rename
    put(13, 0, forbidden); // link
    put(14, 8, new FuseRequest.Open(frame));
    put(15, 40, new FuseRequest.Read(frame));
    put(16, FuseRequest.Write.ARGUMENTS, new FuseRequest.Write(frame));
    put(17, 0, new FuseRequest.StatFs(frame));
    put(18, 24, new FuseRequest.Release(frame));
    put(INIT, 16, new FuseRequest.Init(frame));
    put(27, 8, new FuseRequest.OpenDir(frame));
    put(28, 40, new FuseRequest.ReadDir(frame, false));
    put(29, 24, new FuseRequest.ReleaseDir(frame));
    put(35, 0, forbidden); // create
    put(36, 8, new FuseRequest.Interrupt(frame));
    put(38, 0, new FuseRequest.Destroy(frame));
    put(40, 24, new FuseRequest.Poll(frame));
    put(42, 8, new FuseRequest.BatchForget(frame));
    put(44, 40, new FuseRequest.ReadDir(frame, true));
    put(45, 0, forbidden); // rename2
    put(51, 0, forbidden); // tmpfile
  }

  /// @param size of its arguments, in bytes; later versions of the protocol may send more
  private void put(int opcode, int size, FuseRequest request) {
    byOpcode[opcode] = request;
    arguments[opcode] = size;
  }

  /// Lets the frame hold no request.
  void forget() {
    frame.unique(0);
  }

  /// The number of the request that the frame holds; 0 if it holds none.
  long unique() {
    return frame.unique();
  }

  /// @param length how many bytes the transport has put into the frame
  FuseRequest decode(long length) {
    int opcode = frame.opcode();
    if (length < Frame.HEADER || length != frame.length() || opcode < 0 || opcode >= OPCODES) {
      return unknown;
    }
    FuseRequest request = byOpcode[opcode];
    if (request == null) {
      return unknown;
    }
    int payload = (int) length - Frame.HEADER - arguments[opcode];
    return payload >= 0 && request.isWhole(payload) ? request : cutOff(request);
  }

  private static FuseRequest cutOff(FuseRequest request) {
    return new FuseRequest.CutOff(
        request.frame(),
        !(request instanceof FuseRequest.Forget) && !(request instanceof FuseRequest.BatchForget));
  }
}
