package org.driverfs.export;

import java.lang.foreign.MemorySegment;
import org.driverfs.model.AttributeChannel;
import org.driverfs.tree.Content;

/// An open attribute whose bytes are somewhere else, as the content of an open file.
record ChannelContent(AttributeChannel channel) implements Content {
  @Override
  public int read(long offset, MemorySegment into, long at, int length) throws Exception {
    return channel.read(offset, into, at, length);
  }

  @Override
  public int write(long offset, MemorySegment from, long at, int length) throws Exception {
    return channel.write(offset, from, at, length);
  }

  @Override
  public int poll(Runnable waker) throws Exception {
    return channel.poll(waker);
  }

  @Override
  public void close() throws Exception {
    channel.close();
  }
}
