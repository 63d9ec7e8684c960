package org.driverfs.fuse;

import org.jspecify.annotations.Nullable;

/// Says which request a frame holds. Everything else a request is, it reads from the frame itself.
final class RequestDecoder {
  static final int INIT = 26;

  private static final int OPCODES = 64;

  private final Frame frame;
  private final @Nullable FuseRequest[] byOpcode = new @Nullable FuseRequest[OPCODES];
  private final FuseRequest unknown;

  RequestDecoder(Frame frame) {
    this.frame = frame;
    this.unknown = new FuseRequest.Unknown(frame);
    var forbidden = new FuseRequest.Forbidden(frame);
    byOpcode[1] = new FuseRequest.Lookup(frame);
    byOpcode[2] = new FuseRequest.Forget(frame);
    byOpcode[3] = new FuseRequest.GetAttr(frame);
    byOpcode[4] = new FuseRequest.SetAttr(frame);
    byOpcode[5] = new FuseRequest.ReadLink(frame);
    byOpcode[6] = new FuseRequest.Make(frame, 0); // symlink
    byOpcode[8] = new FuseRequest.Make(frame, 16); // mknod
    byOpcode[9] = new FuseRequest.Make(frame, 8); // mkdir
    byOpcode[10] = new FuseRequest.Remove(frame); // unlink
    byOpcode[11] = new FuseRequest.Remove(frame); // rmdir
    byOpcode[12] = forbidden; // rename
    byOpcode[13] = forbidden; // link
    byOpcode[14] = new FuseRequest.Open(frame);
    byOpcode[15] = new FuseRequest.Read(frame);
    byOpcode[16] = new FuseRequest.Write(frame);
    byOpcode[17] = new FuseRequest.StatFs(frame);
    byOpcode[18] = new FuseRequest.Release(frame);
    byOpcode[INIT] = new FuseRequest.Init(frame);
    byOpcode[27] = new FuseRequest.OpenDir(frame);
    byOpcode[28] = new FuseRequest.ReadDir(frame, false);
    byOpcode[29] = new FuseRequest.ReleaseDir(frame);
    byOpcode[35] = forbidden; // create
    byOpcode[36] = new FuseRequest.Interrupt(frame);
    byOpcode[38] = new FuseRequest.Destroy(frame);
    byOpcode[40] = new FuseRequest.Poll(frame);
    byOpcode[42] = new FuseRequest.BatchForget(frame);
    byOpcode[44] = new FuseRequest.ReadDir(frame, true);
    byOpcode[45] = forbidden; // rename2
    byOpcode[51] = forbidden; // tmpfile
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
    return request.isWhole((int) length - Frame.HEADER) ? request : cutOff(request);
  }

  private static FuseRequest cutOff(FuseRequest request) {
    return new FuseRequest.CutOff(
        request.frame(),
        !(request instanceof FuseRequest.Forget) && !(request instanceof FuseRequest.BatchForget));
  }
}
