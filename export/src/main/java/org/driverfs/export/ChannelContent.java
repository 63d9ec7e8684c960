package org.driverfs.export;

import java.lang.foreign.MemorySegment;
import org.driverfs.model.AttributeChannel;
import org.driverfs.model.Operation;
import org.driverfs.model.Operation.Kind;
import org.driverfs.tree.Content;

/// An open attribute whose bytes are somewhere else, as the content of an open file.
///
/// @param way what stands between the file and the channel
/// @param object whose attribute it is
/// @param name the name of the attribute
record ChannelContent<T>(
    AttributeChannel channel, AttributeFiles.Way<? super T> way, T object, String name)
    implements Content {
  @Override
  public int read(long offset, MemorySegment into, long at, int length) throws Exception {
    return way.call(object, operation(Kind.READ), () -> channel.read(offset, into, at, length));
  }

  @Override
  public int write(long offset, MemorySegment from, long at, int length) throws Exception {
    return way.call(object, operation(Kind.WRITE), () -> channel.write(offset, from, at, length));
  }

  @Override
  public int poll(Runnable waker) throws Exception {
    return way.call(object, operation(Kind.POLL), () -> channel.poll(waker));
  }

  @Override
  public void close() throws Exception {
    close(() -> {});
  }

  @Override
  public void close(Runnable then) throws Exception {
    way.close(
        object,
        operation(Kind.CLOSE),
        () -> {
          channel.close();
          return true;
        },
        then);
  }

  private Operation operation(Kind kind) {
    return new Operation(kind, name);
  }
}
