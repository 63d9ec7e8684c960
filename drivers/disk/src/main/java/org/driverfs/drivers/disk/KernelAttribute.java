package org.driverfs.drivers.disk;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeChannel;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.RawAttribute;

/// An attribute that the kernel gives a device: bytes under a name, in the set of its type.
record KernelAttribute(Device device, RawAttribute<? super Device> bytes) {
  private static final int PAGE = 4096;

  /// @param path the name, with its groups before it and slashes between
  /// @throws DriverfsException ENOENT if the kernel has no such attribute
  static KernelAttribute of(Device device, String path) {
    return of(device.type().attributes(), device, path);
  }

  private static KernelAttribute of(AttributeSet<? super Device> set, Device device, String path) {
    String[] names = path.split("/", 2);
    return switch (set.find(device, names[0])) {
      case Attribute.Group<? super Device> it when names.length > 1 ->
          of(it.attributes(), device, names[1]);
      case RawAttribute<? super Device> it -> new KernelAttribute(device, it);
      case null, default ->
          throw new DriverfsException(Errno.ENOENT, device.path(), "the kernel has no " + path);
    };
  }

  String read() throws Exception {
    AttributeChannel channel = bytes.opener().open(device, true, false, Caller.SELF);
    try {
      byte[] page = new byte[PAGE];
      int length = channel.read(0, MemorySegment.ofArray(page), 0, PAGE);
      return new String(page, 0, length, UTF_8).strip();
    } finally {
      channel.close();
    }
  }

  void write(String text) throws Exception {
    AttributeChannel channel = bytes.opener().open(device, false, true, Caller.SELF);
    try {
      byte[] all = text.getBytes(UTF_8);
      channel.write(0, MemorySegment.ofArray(all), 0, all.length);
    } finally {
      channel.close();
    }
  }
}
