package org.driverfs.fuse;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.errno.Thrown;

/// Gives each request to the operation that answers it.
final class FuseDispatcher {
  /// How far a request may go into code that is not ours, and so take any time.
  enum Reach {
    /// Not at all.
    NONE,
    /// It looks into a directory whose kind has to be asked whether looking runs such code: that is
    /// such code itself.
    QUESTION,
    /// It calls.
    CALL
  }

  private static final Logger LOG = System.getLogger("driverfs.fuse");

  private final NodeOperations nodes;
  private final FileOperations files;
  private final DirectoryOperations directories;
  private final Session session;

  FuseDispatcher(
      NodeOperations nodes,
      FileOperations files,
      DirectoryOperations directories,
      Session session) {
    this.nodes = nodes;
    this.files = files;
    this.directories = directories;
    this.session = session;
  }

  /// How far a request may go. Runs no code but ours.
  Reach reach(FuseRequest request) {
    return switch (request) {
      case FuseRequest.Read _, FuseRequest.Open _, FuseRequest.Write _, FuseRequest.Release _ ->
          Reach.CALL;
      case FuseRequest.Poll _ -> Reach.CALL;
      case FuseRequest.ReadLink it -> nodes.reachOfReadLink(it);
      case FuseRequest.GetAttr it -> nodes.reachOfGetAttr(it);
      case FuseRequest.Lookup it -> nodes.reachOfLook(it.frame());
      case FuseRequest.OpenDir it -> nodes.reachOfLook(it.frame());
      case FuseRequest.ReadDir it -> nodes.reachOfLook(it.frame());
      default -> Reach.NONE;
    };
  }

  /// Answers a [Reach#QUESTION] only if it runs no code that is not ours.
  ///
  /// @return see [Replies]; EAGAIN if it would
  int dispatchUnlessDynamic(FuseRequest request, Reply reply) {
    try {
      return nodes.isDynamic(request.frame().node())
          ? Replies.error(Errno.EAGAIN)
          : dispatch(request, reply);
    } catch (Throwable t) {
      return failed(request, t);
    }
  }

  /// Never throws, whatever is called.
  ///
  /// @return see [Replies]
  int dispatch(FuseRequest request, Reply reply) {
    try {
      return switch (request) {
        case FuseRequest.Read it -> files.read(it, reply);
        case FuseRequest.Open it -> files.open(it, reply, session);
        case FuseRequest.Release it -> files.release(it.handle());
        case FuseRequest.Write it -> files.write(it, reply);
        case FuseRequest.GetAttr it -> nodes.getAttr(it, reply);
        case FuseRequest.Lookup it -> nodes.lookup(it, reply);
        case FuseRequest.Forget it -> nodes.forget(it);
        case FuseRequest.BatchForget it -> nodes.forget(it);
        case FuseRequest.ReadDir it -> directories.read(it, reply);
        case FuseRequest.OpenDir it -> directories.open(it, reply);
        case FuseRequest.ReleaseDir it -> directories.release(it.handle());
        case FuseRequest.ReadLink it -> nodes.readLink(it, reply);
        case FuseRequest.Poll it -> files.poll(it, reply);
        case FuseRequest.SetAttr it -> nodes.setAttr(it, reply);
        case FuseRequest.StatFs _ -> nodes.statFs(reply);
        case FuseRequest.Make it -> nodes.make(it, reply);
        case FuseRequest.Remove it -> nodes.remove(it);
        case FuseRequest.Interrupt it -> session.interrupt(it);
        case FuseRequest.Init it -> session.init(it, reply);
        case FuseRequest.Destroy _ -> Replies.OK;
        case FuseRequest.Forbidden _ -> Replies.error(Errno.EPERM);
        case FuseRequest.CutOff it -> it.wantsReply() ? Replies.error(Errno.EPROTO) : Replies.NONE;
        case FuseRequest.Unknown _ -> Replies.error(Errno.ENOSYS);
      };
    } catch (Throwable t) {
      return failed(request, t);
    }
  }

  private static int failed(FuseRequest request, Throwable thrown) {
    if (thrown instanceof DriverfsException known && known.errno() != null) {
      return Replies.error(known.errno());
    }
    try {
      LOG.log(
          Level.ERROR,
          "a request failed: " + request.getClass().getSimpleName(),
          Thrown.printable(thrown));
    } catch (Throwable _) {
      // The log fails too.
    }
    return Replies.error(Errno.EIO);
  }

  /// Takes back what a reply gave that the kernel never got: it will not forget nor release it.
  ///
  /// @return the handle of a file that is still to be released, which may take any time; or 0
  long undo(FuseRequest request, Reply reply, int result) {
    switch (request) {
      case FuseRequest.Lookup _, FuseRequest.Make _ -> nodes.forget(reply.int64(0));
      case FuseRequest.Open _ -> {
        return reply.int64(0);
      }
      case FuseRequest.OpenDir _ -> directories.release(reply.int64(0));
      case FuseRequest.ReadDir it when it.plus() -> directories.undo(reply, result);
      default -> {}
    }
    return 0;
  }
}
