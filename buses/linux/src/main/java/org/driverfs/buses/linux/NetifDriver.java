package org.driverfs.buses.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Context;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.TextAttribute;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.OpenFlags;
import org.driverfs.posix.SystemCalls;

/// A driver for network interfaces. Below `netif/` each has
///
/// - `up` (read and write): 1 if the interface is administratively up, else 0; writing takes it up
///   or down. EINVAL for anything but 0 and 1, EPERM if this process may not.
/// - `addresses`: the IPv4 and IPv6 addresses with their prefix lengths, one a line.
/// - `rx_bytes_per_s`, `tx_bytes_per_s`: bytes received and sent a second since the previous look
///   at that file, or since the driver was bound if nobody looked before; the same again when
///   looked at within a tenth of a second.
///
/// All are about the network namespace of the thread that calls.
public final class NetifDriver implements Driver.Callbacks {
  private static final int COUNTER_DIGITS = 32;

  private final Sysfs sysfs;
  private final LongSupplier nanoTime;
  private final ConcurrentMap<Device, Rates> rates = new ConcurrentHashMap<>();

  private record Rates(ByteRate received, ByteRate sent) {}

  NetifDriver(Sysfs sysfs, LongSupplier nanoTime) {
    this.sysfs = sysfs;
    this.nanoTime = nanoTime;
  }

  /// The driver for the interfaces of the kernel, to be registered. It has no owner: it is built
  /// in.
  ///
  /// @param devices whose bus `net` it is for
  public static Driver on(LinuxDevices devices) {
    return on(devices, System::nanoTime);
  }

  static Driver on(LinuxDevices devices, LongSupplier nanoTime) {
    var callbacks = new NetifDriver(devices.sysfs(), nanoTime);
    return Driver.builder("netif", devices.bus("net"), callbacks)
        .ids("net")
        .deviceAttributes(
            AttributeSet.of(List.of(new Attribute.Group<>("netif", callbacks.attributes()))))
        .build();
  }

  @Override
  public void probe(Device device, Context context) {
    var received = new ByteRate(counter(device, "rx_bytes"), nanoTime);
    var sent = new ByteRate(counter(device, "tx_bytes"), nanoTime);
    rates.put(device, new Rates(received, sent));
  }

  @Override
  public void remove(Device device) {
    rates.remove(device);
  }

  private AttributeSet<Device> attributes() {
    return AttributeSet.of(
        List.of(
            Attribute.bool("up")
                .description("whether the interface is administratively up")
                .<Device>readWrite(NetifDriver::isUp, NetifDriver::setUp),
            Attribute.<Device>readOnly("addresses", NetifDriver::showAddresses),
            rate("rx_bytes_per_s", "received", "rx_bytes", Rates::received),
            rate("tx_bytes_per_s", "sent", "tx_bytes", Rates::sent)));
  }

  private TextAttribute<Device> rate(
      String name, String verb, String counter, Function<Rates, ByteRate> which) {
    return Attribute.longInteger(name, 0, Long.MAX_VALUE)
        .unit("bytes/s")
        .description("bytes " + verb + " a second since the last look")
        .readOnly(device -> which.apply(rates(device)).look(counter(device, counter)));
  }

  private static boolean isUp(Device device) {
    return new NetworkInterface(device.name()).isUp();
  }

  private static void setUp(Device device, boolean up) {
    new NetworkInterface(device.name()).setUp(up);
  }

  private static String showAddresses(Device device) {
    return String.join("\n", InterfaceAddresses.of(new NetworkInterface(device.name()).index()));
  }

  private Rates rates(Device device) {
    Rates known = rates.get(device);
    if (known == null) {
      throw new DriverfsException(Errno.ENODEV, device.path(), "is not bound to netif");
    }
    return known;
  }

  private long counter(Device device, String name) {
    String path = device.path() + "/statistics/" + name;
    try (Arena arena = Arena.ofConfined();
        Descriptor file = sysfs.open(path, OpenFlags.RDONLY)) {
      MemorySegment digits = arena.allocate(COUNTER_DIGITS);
      long size =
          SystemCalls.ofThread().pread(file.number(), digits.address(), COUNTER_DIGITS - 1, 0);
      if (size < 0) {
        throw new DriverfsException(Errno.ofCode((int) -size), path, "the kernel does not tell it");
      }
      return Long.parseUnsignedLong(digits.getString(0, StandardCharsets.UTF_8).trim());
    }
  }
}
