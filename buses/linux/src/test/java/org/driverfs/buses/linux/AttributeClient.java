package org.driverfs.buses.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.driverfs.lifetime.Caller;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeChannel;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.RawAttribute;
import org.driverfs.model.TextAttribute;

/// Uses the attributes of a device by their paths, as a client of a tree would.
final class AttributeClient {
  private AttributeClient() {}

  @SuppressWarnings("unchecked")
  static AttributeSet<Device> groupOf(Attribute.Group<?> group) {
    return (AttributeSet<Device>) group.attributes();
  }

  static Attribute<? super Device> find(Device device, String path) {
    AttributeSet<Device> set = device.type().attributes();
    String[] names = path.split("/", -1);
    for (int i = 0; i < names.length - 1; i++) {
      set = groupOf((Attribute.Group<?>) Objects.requireNonNull(set.find(device, names[i])));
    }
    return Objects.requireNonNull(set.find(device, names[names.length - 1]), path);
  }

  @SuppressWarnings("unchecked")
  static String show(Device device, String path) throws Exception {
    return Objects.requireNonNull(((TextAttribute<Device>) find(device, path)).show()).show(device);
  }

  @SuppressWarnings("unchecked")
  static AttributeChannel open(
      Device device, String path, boolean reads, boolean writes, Caller caller) throws Exception {
    return ((RawAttribute<Device>) find(device, path)).opener().open(device, reads, writes, caller);
  }

  static String text(Device device, String path) throws Exception {
    return new String(bytes(device, path, Caller.SELF), UTF_8);
  }

  static byte[] bytes(Device device, String path, Caller caller) throws Exception {
    AttributeChannel open = open(device, path, true, false, caller);
    try {
      return read(open, 0);
    } finally {
      open.close();
    }
  }

  static byte[] read(AttributeChannel open, long offset) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(8192);
      int size = open.read(offset, buffer, 0, 8192);
      return buffer.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  static void write(Device device, String path, String value) throws Exception {
    byte[] bytes = value.getBytes(UTF_8);
    AttributeChannel open = open(device, path, false, true, Caller.SELF);
    try {
      assertThat(open.write(0, MemorySegment.ofArray(bytes), 0, bytes.length))
          .isEqualTo(bytes.length);
    } finally {
      open.close();
    }
  }
}
