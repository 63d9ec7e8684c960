package org.driverfs.buses.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.function.Predicate.not;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.driverfs.lifetime.Uninterruptibly;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.Event;
import org.driverfs.model.Kobject;
import org.driverfs.model.Model;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.Message;
import org.driverfs.posix.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinuxDevicesTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String NULL = "virtual/mem/null";

  private final Model model = new Model();
  private final Recorder recorder = new Recorder();
  private final NetworkNamespace network = new NetworkNamespace();

  @BeforeEach
  void observe() {
    model.addObserver(recorder);
  }

  @AfterEach
  void close() {
    network.close();
    assertThat(recorder.objects()).isEmpty();
    await() // one that has opened a file for somebody ends a moment after that
        .untilAsserted(() ->
            assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("driverfs-")));
  }

  @Test
  void start_thisMachine_hasEveryDeviceAtItsPath() throws Exception {
    try (LinuxDevices devices = startInside()) {
      assertMirrors(devices);
      assertThat(devices.counts().devices()).isEqualTo(recorder.paths().size());
      Device lo = recorder.device("virtual/net/lo");
      assertThat(lo.folder()).isEqualTo("virtual/net");
      assertThat(lo.parent()).isEmpty();
      assertThat(lo.bus()).map(Kobject::name).contains("net");
      assertThat(lo.deviceClass()).map(Kobject::name).contains("net");
    }
  }

  @Test
  void start_everyDevice_isOnTheBusOfItsSubsystem() throws Exception {
    try (LinuxDevices devices = LinuxDevices.start(model)) {
      assertThat(devices.settle(LONG)).isTrue();
      recorder.lastingDevices().forEach(LinuxDevicesTest::assertBusAndClass);
    }
  }

  @Test
  void settle_afterInterfacesCame_hasThemAndAfterTheyWentHasNone() throws Exception {
    try (LinuxDevices devices = startInside()) {
      network.ipBatch(pairs("link add a%1$d type veth peer name b%1$d", 200));
      assertMirrors(devices);
      assertThat(recorder.paths()).contains("virtual/net/b199");
      network.ipBatch(pairs("link del a%1$d", 200));
      assertMirrors(devices);
      assertThat(recorder.paths()).doesNotContain("virtual/net/b199");
      assertThat(devices.counts().rescans()).isZero();
      assertThat(devices.counts().rejected()).isZero();
    }
  }

  @Test
  void apply_renamedInterface_isTheSameDevice() throws Exception {
    try (LinuxDevices devices = startInside()) {
      network.ip("link add old type veth peer name other");
      assertThat(devices.settle(LONG)).isTrue();
      Device device = recorder.device("virtual/net/old");
      network.ip("link set old name new");
      assertThat(devices.settle(LONG)).isTrue();
      assertThat(device.path()).isEqualTo("virtual/net/new");
      assertThat(recorder.device("virtual/net/new")).isSameAs(device);
      assertThat(device.bus().orElseThrow().findDevice("new")).containsSame(device);
      assertMirrors(devices);
    }
  }

  @Test
  void apply_namesSwapped_areTheSameDevices() throws Exception {
    try (LinuxDevices devices = startInside()) {
      network.ip("link add v0 type veth peer name v1");
      assertThat(devices.settle(LONG)).isTrue();
      Device first = recorder.device("virtual/net/v0");
      Device second = recorder.device("virtual/net/v1");
      network.ipBatch(
          List.of("link set v0 name spare", "link set v1 name v0", "link set spare name v1"));
      assertThat(devices.settle(LONG)).isTrue();
      assertThat(recorder.device("virtual/net/v1")).isSameAs(first);
      assertThat(recorder.device("virtual/net/v0")).isSameAs(second);
    }
  }

  @Test
  void start_whileInterfacesComeAndGo_missesNone() throws Exception {
    var churn = new ArrayList<String>();
    for (int i = 0; i < 100; i++) {
      churn.add("link add v%d type veth peer name w%d".formatted(i, i));
      if (i % 3 == 0) {
        churn.add("link set w%d name x%d".formatted(i, i));
      }
      if (i % 2 == 0) {
        churn.add("link del v" + i);
      }
    }
    UeventSocket socket = network.call(UeventSocket::open);
    Sysfs sysfs = network.call(() -> Sysfs.at("/sys"));
    Thread other = Thread.ofPlatform().start(() -> network.ipBatch(churn));
    try (LinuxDevices devices = new LinuxDevices(model, socket, sysfs)) {
      other.join();
      assertMirrors(devices);
      assertThat(recorder.paths()).contains("virtual/net/x99");
    }
  }

  @Test
  void receive_lossOfEvents_isMadeUpForByARescan() throws Exception {
    try (LinuxDevices devices = startWithLittleRoom()) {
      network.ipBatch(pairs("link add a%1$d type veth peer name b%1$d", 20));
      assertThat(devices.settle(LONG)).isTrue();
      Gate gate = stopAt("gate");
      network.ip("link add gate type veth peer name other");
      gate.awaitReached();
      network.ipBatch(pairs("link add c%1$d type veth peer name d%1$d", 50));
      network.ipBatch(pairs("link del a%1$d", 20));
      gate.open();
      assertMirrors(devices);
      assertThat(recorder.paths()).contains("virtual/net/d49").doesNotContain("virtual/net/b0");
      assertThat(devices.counts().rescans()).isPositive();
    }
  }

  @Test
  void receive_moreEventsDuringTheRescan_areNotLost() throws Exception {
    try (LinuxDevices devices = startWithLittleRoom()) {
      Gate overflow = stopAt("gate");
      network.ip("link add gate type veth peer name other");
      overflow.awaitReached();
      network.ipBatch(pairs("link add c%1$d type veth peer name d%1$d", 50));
      Gate rescan = stopAt("d49");
      overflow.open();
      rescan.awaitReached();
      network.ipBatch(pairs("link add e%1$d type veth peer name f%1$d", 10));
      rescan.open();
      assertMirrors(devices);
      assertThat(recorder.paths()).contains("virtual/net/f9");
    }
  }

  @Test
  void receive_forgedEvent_isLeftAtThat() throws Exception {
    try (LinuxDevices devices = startInside();
        Descriptor forger =
            network.call(() -> Sockets.open(Sockets.AF_NETLINK, Sockets.SOCK_RAW, 15))) {
      byte[] forged =
          ("remove@/devices/" + NULL + "\0DEVPATH=/devices/" + NULL + "\0").getBytes(UTF_8);
      var message = new Message(forged.length);
      message.content().copyFrom(MemorySegment.ofArray(forged));
      assertThat(message.sendToGroups(forger, forged.length, 1)).isPositive();
      assertThat(devices.settle(LONG)).isTrue();
      assertThat(devices.counts().rejected()).isEqualTo(1);
      assertThat(recorder.paths()).contains(NULL);
    }
  }

  @Test
  void apply_change_isPublishedWithWhatTheKernelSays() throws Exception {
    try (LinuxDevices devices = startInside();
        var subscription = model.events().subscribe()) {
      Files.writeString(Path.of("/sys/devices", NULL, "uevent"), "change");
      assertThat(devices.settle(LONG)).isTrue();
      Event event = Objects.requireNonNull(subscription.poll(LONG));
      while (!event.path().equals(NULL)) {
        event = Objects.requireNonNull(subscription.poll(LONG));
      }
      assertThat(event.action()).isEqualTo(Event.Action.CHANGE);
      assertThat(event.properties()).containsEntry("DEVNAME", "null");
    }
  }

  @Test
  void apply_addOfAKnownDevice_isNothingNew() throws Exception {
    try (LinuxDevices devices = startInside()) {
      Device before = recorder.device(NULL);
      Files.writeString(Path.of("/sys/devices", NULL, "uevent"), "add");
      assertThat(devices.settle(LONG)).isTrue();
      assertThat(recorder.device(NULL)).isSameAs(before);
      assertThat(devices.counts().events()).isPositive();
    }
  }

  @Test
  void apply_eventOfAnUnknownDevice_changesNothing() {
    try (Sysfs sysfs = Sysfs.at("/sys")) {
      var subsystems = new Subsystems(model, AttributeSet.none());
      var mirror = new DeviceMirror(model, sysfs, subsystems);
      for (Uevent.Action action : Uevent.Action.values()) {
        mirror.apply(event(action, "/devices/virtual/net/none"));
        mirror.apply(event(action, "/module/none"));
      }
      assertThat(mirror.size()).isZero();
      assertThat(recorder.objects()).isEmpty();
    }
  }

  @Test
  void apply_removeOfADeviceWithOthersBelow_takesThoseFirst() {
    try (Sysfs sysfs = Sysfs.at("/sys")) {
      var subsystems = new Subsystems(model, AttributeSet.none());
      var mirror = new DeviceMirror(model, sysfs, subsystems);
      mirror.reconcile();
      String top =
          recorder.paths().stream()
              .filter(path -> recorder.paths().stream().anyMatch(p -> p.startsWith(path + "/")))
              .findFirst()
              .orElseThrow();
      mirror.apply(event(Uevent.Action.REMOVE, "/devices/" + top));
      assertThat(recorder.paths())
          .isNotEmpty()
          .noneMatch(path -> path.equals(top) || path.startsWith(top + "/"));
      mirror.reconcile();
      assertThat(recorder.paths()).contains(top).anyMatch(path -> path.startsWith(top + "/"));
      mirror.clear();
      subsystems.clear();
    }
  }

  @Test
  void settle_afterClose_answersFalse() throws Exception {
    LinuxDevices devices = LinuxDevices.start(model);
    devices.close();
    devices.close();
    assertThat(devices.settle(LONG)).isFalse();
  }

  private static void assertBusAndClass(Device device) {
    Path link = Path.of("/sys/devices", device.path(), "subsystem");
    try {
      if (!Files.exists(link)) {
        assertThat(device.bus()).isEmpty();
        return;
      }
      String target = Files.readSymbolicLink(link).toString();
      assertThat(device.bus()).map(Kobject::name).contains(target.replaceAll(".*/", ""));
      assertThat(device.deviceClass().isPresent()).isEqualTo(target.contains("/class/"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// With so little room that some ten events are too many for it.
  private LinuxDevices startWithLittleRoom() {
    UeventSocket tiny = network.call(() -> UeventSocket.open(4096, 16 << 10));
    Sysfs sysfs = network.call(() -> Sysfs.at("/sys"));
    return new LinuxDevices(model, tiny, sysfs);
  }

  /// Holds the thread that follows the kernel, when it registers a device of a name.
  private Gate stopAt(String name) {
    var gate = new Gate(new CountDownLatch(1), new CountDownLatch(1));
    recorder.whenAdded(object -> {
      if (object.name().equals(name)) {
        gate.reached().countDown();
        Uninterruptibly.await(() -> gate.opened().await(30, TimeUnit.SECONDS));
      }
    });
    return gate;
  }

  private record Gate(CountDownLatch reached, CountDownLatch opened) {
    void awaitReached() throws InterruptedException {
      assertThat(reached.await(30, TimeUnit.SECONDS)).isTrue();
    }

    void open() {
      opened.countDown();
    }
  }

  private LinuxDevices startInside() {
    return network.call(() -> LinuxDevices.start(model));
  }

  /// Others may add devices to this machine at any time, between our look and the kernel's: what is
  /// equal in one of a few tries is followed.
  private void assertMirrors(LinuxDevices devices) throws InterruptedException {
    Set<String> kernel = Set.of();
    for (int tries = 0; tries < 5 && !recorder.paths().equals(kernel); tries++) {
      assertThat(devices.settle(LONG)).isTrue();
      kernel = kernelInside();
    }
    Set<String> seen = recorder.paths();
    assertThat(seen.stream().filter(not(kernel::contains))).as("no longer the kernel's").isEmpty();
    assertThat(kernel.stream().filter(not(seen::contains))).as("not seen").isEmpty();
  }

  private Set<String> kernelInside() {
    return network.call(() -> Recorder.kernel(Path.of("/sys")));
  }

  private static List<String> pairs(String command, int count) {
    return IntStream.range(0, count).mapToObj(command::formatted).toList();
  }

  private static Uevent event(Uevent.Action action, String path) {
    return new Uevent(
        action,
        path,
        Stream.of("DEVPATH", "DEVPATH_OLD").collect(Collectors.toMap(k -> k, k -> path)));
  }
}
