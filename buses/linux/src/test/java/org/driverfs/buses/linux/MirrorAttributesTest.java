package org.driverfs.buses.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.driverfs.buses.linux.AttributeClient.bytes;
import static org.driverfs.buses.linux.AttributeClient.groupOf;
import static org.driverfs.buses.linux.AttributeClient.open;
import static org.driverfs.buses.linux.AttributeClient.read;
import static org.driverfs.buses.linux.AttributeClient.show;
import static org.driverfs.buses.linux.AttributeClient.text;
import static org.driverfs.buses.linux.AttributeClient.write;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeChannel;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.Model;
import org.driverfs.model.RawAttribute;
import org.driverfs.model.TextAttribute;
import org.driverfs.posix.CurrentProcess;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.OpenFlags;
import org.driverfs.posix.Poll;
import org.driverfs.posix.SystemCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MirrorAttributesTest {
  private static final Path DEVICES = Path.of("/sys/devices");
  private static final Caller NOBODY = new Caller(65534, 65534, 0);

  private final Model model = new Model();
  private final Recorder recorder = new Recorder();
  private final NetworkNamespace network = new NetworkNamespace();
  private final LinuxDevices devices;

  MirrorAttributesTest() {
    model.addObserver(recorder);
    devices = network.call(() -> LinuxDevices.start(model));
  }

  @AfterEach
  void close() throws Exception {
    devices.close();
    network.close();
    await() // one that has opened a file for somebody ends a moment after that
        .untilAsserted(() ->
            assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("driverfs-")));
  }

  @Test
  void list_everyDevice_isWhatTheKernelShowsAndOursAlone() {
    network.call(() -> {
      recorder
          .lastingDevices()
          .forEach(device -> {
            Map<String, String> kernel = kernel(DEVICES.resolve(device.path()), "");
            for (String ours : new String[] {"name", "kernel_driver"}) {
              kernel.put(kernel.containsKey(ours) ? "driverfs/" + ours : ours, "0444");
            }
            assertThat(listed(device, device.type().attributes(), "")).isEqualTo(kernel);
          });
      return true;
    });
  }

  @Test
  void find_everyListedName_isTheSameAttribute() {
    recorder.lastingDevices().forEach(device -> assertFinds(device, device.type().attributes()));
  }

  @Test
  void find_unknownName_isNull() {
    Device device = recorder.device("virtual/net/lo");
    AttributeSet<Device> attributes = device.type().attributes();
    assertThat(attributes.find(device, "none")).isNull();
    assertThat(attributes.find(device, "subsystem")).as("leads out of /sys/devices").isNull();
    assertThat(attributes.find(device, "driverfs")).isNull();
    assertThat(attributes.find(recorder.device("pci0000:00"), "0000:00:00.0")).isNull();
  }

  @Test
  void find_nameThatTheKernelHas_isTheKernels() throws Exception {
    assumeTrue(recorder.paths().contains("virtual/vtconsole/vtcon0"), "needs a console");
    Device console = recorder.device("virtual/vtconsole/vtcon0");
    assertThat(text(console, "name")).isEqualTo(Files.readString(path(console, "name")));
    assertThat(show(console, "driverfs/name")).isEqualTo("vtcon0");
    assertThat(show(console, "kernel_driver")).isEmpty();
  }

  @Test
  void show_nameAndKernelDriver_areTheKernels() throws Exception {
    for (Device device : recorder.lastingDevices().toList()) {
      Path driver = path(device, "driver");
      String expected =
          Files.exists(driver, LinkOption.NOFOLLOW_LINKS)
              ? Files.readSymbolicLink(driver).getFileName().toString()
              : "";
      assertThat(show(device, "kernel_driver")).as(device.path()).isEqualTo(expected);
    }
    assertThat(show(recorder.device("virtual/net/lo"), "name")).isEqualTo("lo");
  }

  @Test
  void read_constantFiles_areByteForByteTheKernels() throws Exception {
    for (Device device : recorder.lastingDevices().toList()) {
      for (String name : new String[] {"uevent", "dev", "config", "modalias"}) {
        if (Files.exists(path(device, name)) && !device.path().contains("virtual/net")) {
          assertThat(bytes(device, name, Caller.SELF))
              .as(device.path())
              .isEqualTo(Files.readAllBytes(path(device, name)));
        }
      }
    }
  }

  @Test
  void write_mtu_changesTheInterfaceAndAWrongValueIsTheKernelsErrno() throws Exception {
    network.ip("link add v0 type veth peer name v1");
    assertThat(devices.settle(Duration.ofSeconds(30))).isTrue();
    Device v0 = recorder.device("virtual/net/v0");
    write(v0, "mtu", "1400\n");
    assertThat(text(v0, "mtu")).isEqualTo("1400\n");
    assertThat(network.call(() -> Files.readString(path(v0, "mtu")))).isEqualTo("1400\n");
    assertErrno(() -> write(v0, "mtu", "many\n"), Errno.EINVAL);
    assertThat(text(v0, "mtu")).isEqualTo("1400\n");
    assertThat(text(v0, "statistics/rx_bytes")).isEqualTo("0\n");
  }

  @Test
  void read_deviceThatHasGone_isTheKernelsErrno() throws Exception {
    network.ip("link add v0 type veth peer name v1");
    assertThat(devices.settle(Duration.ofSeconds(30))).isTrue();
    Device v0 = recorder.device("virtual/net/v0");
    AttributeChannel open = open(v0, "mtu", true, false, Caller.SELF);
    network.ip("link del v0");
    assertErrno(() -> read(open, 0), Errno.ENODEV);
    open.close();
  }

  @Test
  void read_offsets_continueWhereTheyShould() throws Exception {
    Device device = recorder.device("virtual/mem/null");
    AttributeChannel open = open(device, "uevent", true, false, Caller.SELF);
    byte[] whole = Files.readAllBytes(path(device, "uevent"));
    assertThat(read(open, 3)).isEqualTo(Arrays.copyOfRange(whole, 3, whole.length));
    assertThat(read(open, whole.length)).isEmpty();
    byte[] heap = new byte[8];
    assertThat(open.read(0, MemorySegment.ofArray(heap), 2, 4)).isEqualTo(4);
    assertThat(Arrays.copyOfRange(heap, 2, 6)).isEqualTo(Arrays.copyOf(whole, 4));
    open.close();
  }

  @Test
  void open_pciConfig_givesNobody64BytesAndRootAll() throws Exception {
    assumeTrue(CurrentProcess.effectiveUser() == 0, "needs root");
    Device pci =
        recorder
            .lastingDevices()
            .filter(device -> Files.exists(path(device, "config")))
            .findFirst()
            .orElse(null);
    assumeTrue(pci != null, "needs a PCI device");
    assertThat(bytes(pci, "config", NOBODY)).hasSize(64);
    assertThat(bytes(pci, "config", Caller.SELF)).hasSizeGreaterThanOrEqualTo(256);
    assertThat(bytes(pci, "config", NOBODY)).hasSize(64);
  }

  @Test
  void open_forNobody_mayDoWhatNobodyMay() throws Exception {
    Device device = recorder.device("virtual/net/lo");
    assertErrno(() -> open(device, "mtu", false, true, NOBODY).close(), Errno.EACCES);
    open(device, "mtu", true, false, NOBODY).close();
    open(device, "mtu", true, true, Caller.SELF).close();
  }

  @Test
  void poll_contentChanges_wakes() throws Exception {
    assumeTrue(Files.isWritable(Path.of("/dev/tty0")), "needs virtual terminals");
    Device console = recorder.device("virtual/tty/tty0");
    AttributeChannel open = open(console, "active", true, false, Caller.SELF);
    try {
      int before = Integer.parseInt(new String(read(open, 0), UTF_8).trim().substring(3));
      var woken = new CountDownLatch(1);
      assertThat(open.poll(woken::countDown) & Poll.PRI).isZero();
      assertThat(woken.getCount()).isEqualTo(1);
      activate(before + 1);
      assertThat(woken.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(open.poll(() -> {}) & Poll.PRI).isEqualTo(Poll.PRI);
      assertThat(new String(read(open, 0), UTF_8)).isEqualTo("tty" + (before + 1) + "\n");
      assertThat(open.poll(() -> {}) & Poll.PRI).isZero();
      activate(before);
    } finally {
      open.close();
    }
  }

  @Test
  void staysWithin_relativeLinks_areToldApart() {
    assertThat(KernelDirectory.staysWithin("a/b", "../c")).isTrue();
    assertThat(KernelDirectory.staysWithin("a/b", "../../c")).isTrue();
    assertThat(KernelDirectory.staysWithin("a/b", "../../../class/c")).isFalse();
    assertThat(KernelDirectory.staysWithin("a/b", "/sys/devices/a")).isFalse();
  }

  private static void activate(int terminal) {
    try (Descriptor tty = Descriptor.open("/dev/tty0", OpenFlags.RDWR)) {
      int activate = 0x5606;
      assertThat(SystemCalls.ofThread().ioctl(tty.number(), activate, terminal)).isZero();
    }
  }

  private static void assertFinds(Device device, AttributeSet<Device> set) {
    for (Attribute<?> listed : set.list(device)) {
      Attribute<?> found = set.find(device, listed.name());
      assertThat(found).as(device + " " + listed.name()).hasSameClassAs(listed);
      if (listed instanceof Attribute.Group<?> group) {
        assertFinds(device, groupOf(group));
      }
    }
  }

  private static Map<String, String> listed(
      Device device, AttributeSet<Device> set, String prefix) {
    var all = new TreeMap<String, String>();
    for (Attribute<? super Device> attribute : set.list(device)) {
      String name = prefix + attribute.name();
      switch (attribute) {
        case RawAttribute<?> raw -> all.put(name, octal(raw.mode()));
        case TextAttribute<?> text -> all.put(name, octal(text.mode()));
        case Attribute.LinkTo<?> link -> all.put(name, "link");
        case Attribute.Group<?> group -> {
          if (!name.equals("driverfs")) {
            all.put(name, "group");
          }
          all.putAll(listed(device, groupOf(group), name + "/"));
        }
      }
    }
    return all;
  }

  /// What the kernel has in a directory, without what leads out of it and without devices.
  private static Map<String, String> kernel(Path directory, String prefix) {
    var all = new TreeMap<String, String>();
    try (Stream<Path> children = Files.list(directory)) {
      for (Path child : children.toList()) {
        String name = prefix + child.getFileName();
        if (Files.isSymbolicLink(child)) {
          if (child.toRealPath().startsWith(DEVICES)) {
            all.put(name, "link");
          }
        } else if (!Files.isDirectory(child)) {
          all.put(name, octal((Integer) Files.getAttribute(child, "unix:mode") & 0xfff));
        } else if (!holdsDevices(child)) {
          all.put(name, "group");
          all.putAll(kernel(child, name + "/"));
        }
      }
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean holdsDevices(Path directory) throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.anyMatch(path -> path.endsWith("uevent"));
    }
  }

  private static String octal(int mode) {
    return "0" + Integer.toOctalString(mode);
  }

  private static Path path(Device device, String name) {
    return DEVICES.resolve(device.path()).resolve(name);
  }

  private static void assertErrno(ThrowableAssert.ThrowingCallable call, Errno errno) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            DriverfsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
  }
}
