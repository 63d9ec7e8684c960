package org.driverfs.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.export.World.assertErrno;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.errno.Errno;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Bus;
import org.driverfs.model.Context;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceClass;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Driver;
import org.driverfs.model.Event;
import org.driverfs.model.Model;
import org.driverfs.model.Module;
import org.driverfs.model.ModuleRecord;
import org.driverfs.model.RawAttribute;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.driverfs.tree.Link;
import org.driverfs.tree.Node;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenMode;
import org.driverfs.tree.TreeListener;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class ExportTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final AtomicInteger releases = new AtomicInteger();
  private final AtomicInteger removes = new AtomicInteger();
  private final DeviceType type =
      new DeviceType(
          "disk",
          AttributeSet.of(List.of(Attribute.<Device>readOnly("size", _ -> "512"))),
          _ -> releases.incrementAndGet());
  private final Bus bus = world.track(new Bus("scsi"));
  private final DeviceClass block = world.track(new DeviceClass("block"));
  private final Module module = world.track(new Module("sd", "1.0"));
  private final Device parent = world.track(Device.builder("host0").build());
  private final Device device =
      world.track(
          Device.builder("sda")
              .parent(parent)
              .folder("target")
              .bus(bus)
              .deviceClass(block)
              .type(type)
              .build());
  private final Driver driver =
      world.track(
          Driver.builder(
                  "sd",
                  bus,
                  new Driver.Callbacks() {
                    @Override
                    public void probe(Device it, Context context) {}

                    @Override
                    public void remove(Device it) {
                      removes.incrementAndGet();
                    }
                  })
              .ids("disk")
              .owner(module)
              .attributes(AttributeSet.of(List.of(Attribute.<Driver>readOnly("mode", _ -> "fast"))))
              .deviceAttributes(
                  AttributeSet.of(
                      List.of(
                          Attribute.<Device>readOnly("temperature", _ -> "40"),
                          Attribute.<Device>readOnly("size", _ -> "the driver's"))))
              .build());

  @BeforeEach
  void registerAll() {
    model.register(bus);
    model.register(block);
    model.register(module);
    model.register(parent);
    model.register(driver);
    model.register(device);
    world.settle();
  }

  private Link link(String directory, String name) {
    return (Link) ((org.driverfs.tree.Directory<?>) world.tree.resolve(directory)).require(name);
  }

  @Test
  void layout_ofOneOfEach_isTheDesigns() {
    assertThat(world.list("")).contains("root", "devices", "bus", "class", "module");
    assertThat(world.list("root/host0/target/sda"))
        .containsExactlyInAnyOrder(
            "size",
            "name",
            "uevent",
            "modalias",
            "why",
            "driver_override",
            "driver_policy",
            "power",
            "subsystem",
            "driver",
            "temperature",
            "driverfs");
    assertThat(world.list("bus/scsi/drivers/sd"))
        .containsExactlyInAnyOrder("bind", "unbind", "stats", "mode", "module", "sda");
    assertThat(world.list("module/sd")).contains("version", "initstate", "refcnt");
    assertThat(world.read("root/host0/target/sda/name")).isEqualTo("sda\n");
    assertThat(world.read("devices/host0/target/sda/uevent"))
        .isEqualTo("DEVTYPE=disk\nDRIVER=sd\nMODALIAS=scsi:disk\n");
    assertThat(world.read("bus/scsi/drivers/sd/mode")).isEqualTo("fast\n");
    assertThat(world.read("module/sd/initstate")).isEqualTo("live\n");
  }

  @Test
  void matching_throughFiles_isSeenAndSaid() {
    String sda = "root/host0/target/sda/";
    assertThat(world.read(sda + "modalias")).isEqualTo("scsi:disk\n");
    assertThat(world.read(sda + "why")).isEqualTo("sd: has it (bid 0, id 1)\n");
    world.write("bus/scsi/drivers/sd/unbind", "sda\n");
    assertThat(world.read(sda + "why")).isEqualTo("sd: was unbound by hand\n");
    world.write(sda + "driver_override", "other\n");
    assertErrno(Errno.ENODEV, () -> world.write("bus/scsi/drivers_probe", "sda\n"));
    assertThat(world.read(sda + "why")).contains("other: driver_override names it", "overridden");
    world.write(sda + "driver_override", "\n");
    world.write("bus/scsi/drivers_probe", "sda\n");
    assertThat(device.driver()).containsSame(driver);
    assertThat(world.read(sda + "driver_override")).isEqualTo("\n");
  }

  @Test
  void uevent_anActionIsWritten_isPublishedOnceMore() throws Exception {
    String uevent = "root/host0/target/sda/uevent";
    try (var events = model.events().subscribe()) {
      assertErrno(Errno.EINVAL, () -> world.write(uevent, "born\n"));
      world.write(uevent, "add\n");
      Event event = Objects.requireNonNull(events.poll(Duration.ZERO));
      assertThat(event.action()).isEqualTo(Event.Action.ADD);
      assertThat(event.path()).isEqualTo("host0/target/sda");
      assertThat(event.properties()).containsEntry("REPLAYED", "1");
      assertThat(events.poll(Duration.ZERO)).isNull();
    }
  }

  @Test
  void policyAndAutoprobe_wrongValues_areRefused() {
    String policy = "root/host0/target/sda/driver_policy";
    assertErrno(Errno.EINVAL, () -> world.write(policy, "best\n"));
    assertThat(world.read(policy)).isEqualTo("keep\n");
    world.write(policy, "better\n");
    assertThat(world.read(policy)).isEqualTo("better\n");
    assertErrno(Errno.EINVAL, () -> world.write("bus/scsi/drivers_autoprobe", "yes\n"));
    world.write("bus/scsi/drivers_autoprobe", "0\n");
    assertThat(world.read("bus/scsi/drivers_autoprobe")).isEqualTo("0\n");
    assertErrno(Errno.ENODEV, () -> world.write("bus/scsi/drivers_probe", "none\n"));
  }

  @Test
  void whatAllHave_andTheTypeHasToo_isAside() {
    AttributeSet<Device> kernels =
        AttributeSet.of(List.of(Attribute.<Device>readOnly("modalias", _ -> "the kernel's")));
    Device mirror =
        world.track(
            Device.builder("mirror").bus(bus).type(new DeviceType("none", kernels)).build());
    model.register(mirror);
    assertThat(world.read("root/mirror/modalias")).isEqualTo("the kernel's\n");
    assertThat(world.list("root/mirror/driverfs")).containsExactly("modalias");
    assertThat(world.read("root/mirror/driverfs/modalias")).isEqualTo("scsi:none\n");
    model.unregister(mirror);
  }

  @Test
  void links_ofADevice_areRelativeAndResolve() {
    var directory = world.tree.resolve("root/host0/target/sda");
    String to = "root/host0/target/sda";
    assertThat(link("bus/scsi/devices", "sda").text()).isEqualTo("../../../" + to);
    assertThat(link("class/block", "sda").text()).isEqualTo("../../" + to);
    assertThat(link("bus/scsi/drivers/sd", "sda").text()).isEqualTo("../../../../" + to);
    for (String path : List.of("bus/scsi/devices/sda", "class/block/sda")) {
      assertThat(world.tree.resolve(path)).isSameAs(directory);
    }
    assertThat(world.tree.resolve(to + "/driver/sda/subsystem"))
        .isSameAs(world.tree.resolve("bus/scsi"));
    assertThat(world.tree.resolve("bus/scsi/drivers/sd/module"))
        .isSameAs(world.tree.resolve("module/sd"));
  }

  @Test
  void createFile_forEachKind_isThereUntilRemoved() {
    world.export.createFile(device, Attribute.readOnly("own", Device::name));
    world.export.createFile(driver, Attribute.readOnly("own", Driver::name));
    world.export.createFile(bus, Attribute.readOnly("own", Bus::name));
    world.export.createFile(block, Attribute.readOnly("own", DeviceClass::name));
    world.export.createFile(
        module.record().orElseThrow(), Attribute.readOnly("own", ModuleRecord::name));
    assertThat(world.read("root/host0/target/sda/own")).isEqualTo("sda\n");
    assertThat(world.read("bus/scsi/drivers/sd/own")).isEqualTo("sd\n");
    assertThat(world.read("bus/scsi/own")).isEqualTo("scsi\n");
    assertThat(world.read("class/block/own")).isEqualTo("block\n");
    assertThat(world.read("module/sd/own")).isEqualTo("sd\n");
    Attribute<Object> own = Attribute.readOnly("own", Object::toString);
    assertErrno(Errno.EEXIST, () -> world.export.createFile(bus, own));
    world.export.removeFile(device, own);
    world.export.removeFile(driver, own);
    world.export.removeFile(bus, own);
    world.export.removeFile(block, own);
    world.export.removeFile(module.record().orElseThrow(), own);
    assertErrno(Errno.ENOENT, () -> world.export.removeFile(bus, own));
    assertErrno(Errno.ENOENT, () -> world.read("bus/scsi/own"));
    Device stranger = Device.builder("stranger").build();
    assertErrno(Errno.ENODEV, () -> world.export.createFile(stranger, own));
  }

  @Test
  void bindFiles_written_bindAndUnbind() {
    world.write("bus/scsi/drivers/sd/unbind", "sda\n");
    assertThat(device.driver()).isEmpty();
    assertThat(removes).hasValue(1);
    assertThat(world.list("root/host0/target/sda")).doesNotContain("driver", "temperature");
    assertErrno(Errno.ENODEV, () -> world.write("bus/scsi/drivers/sd/unbind", "sda\n"));
    assertErrno(Errno.ENODEV, () -> world.write("bus/scsi/drivers/sd/bind", "sdz\n"));
    world.write("bus/scsi/drivers/sd/bind", "sda\n");
    assertThat(device.driver()).containsSame(driver);
    assertErrno(Errno.EBUSY, () -> world.write("bus/scsi/drivers/sd/bind", "sda\n"));
  }

  @Test
  void refcnt_ofAModule_isRaisedByItsFilesAndNotByReadingIt() {
    assertThat(world.read("module/sd/refcnt")).isEqualTo("0\n");
    OpenFile file = world.open("root/host0/target/sda/temperature", OpenMode.READ);
    assertThat(world.read("module/sd/refcnt")).isEqualTo("1\n");
    world.tree.openFiles().close(file);
    file = world.open("bus/scsi/drivers/sd/mode", OpenMode.READ);
    assertThat(world.read("module/sd/refcnt")).isEqualTo("1\n");
    world.tree.openFiles().close(file);
    assertThat(module.users()).isZero();
  }

  /// A file that is open is used under its own pin, while the module refuses everybody else.
  @Test
  void read_openFileOfAClosingModule_works() throws Exception {
    OpenFile file = world.open("root/host0/target/sda/temperature", OpenMode.READ);
    assertThat(model.host().useCount(module).close(Duration.ZERO)).isFalse();
    assertThat(new String(file.readAll(), java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo("40\n");
    world.tree.openFiles().close(file);
    assertThat(model.host().useCount(module).reopen()).isTrue();
  }

  @Test
  void unregister_openFile_isEnodevAndReleaseFollowsTheLastReference() {
    OpenFile file = world.open("root/host0/target/sda/size", OpenMode.READ);
    assertThat(model.host().get(device)).isTrue();
    model.unregister(device);
    assertErrno(Errno.ENODEV, file::readAll);
    assertErrno(Errno.ENOENT, () -> world.tree.resolve("root/host0/target"));
    assertErrno(Errno.ENOENT, () -> world.tree.resolve("bus/scsi/devices/sda"));
    assertThat(world.list("class/block")).isEmpty();
    assertThat(world.list("bus/scsi/drivers/sd")).doesNotContain("sda");
    assertThat(releases).hasValue(0);
    model.host().put(device);
    assertThat(releases).hasValue(1);
    world.tree.openFiles().close(file);
  }

  @Test
  void unbind_filesOfTheDriver_areRevokedAndThoseOfTheDeviceNot() throws Exception {
    OpenFile own = world.open("root/host0/target/sda/size", OpenMode.READ);
    OpenFile drivers = world.open("root/host0/target/sda/temperature", OpenMode.READ);
    OpenFile aside = world.open("root/host0/target/sda/driverfs/size", OpenMode.READ);
    assertThat(new String(aside.readAll(), java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo("the driver's\n");
    model.unbind(device, LONG);
    assertThat(removes).hasValue(1);
    assertErrno(Errno.ENODEV, drivers::readAll);
    assertErrno(Errno.ENODEV, aside::readAll);
    assertThat(own.readAll()).isNotEmpty();
    List.of(own, drivers, aside).forEach(world.tree.openFiles()::close);
  }

  @Test
  void move_openFile_staysOpenAndLinksFollow() {
    OpenFile file = world.open("root/host0/target/sda/size", OpenMode.READ);
    var directory = world.tree.resolve("root/host0/target/sda");
    model.move(device, null, "", "sdb");
    assertThat(world.tree.resolve("root/sdb")).isSameAs(directory);
    assertErrno(Errno.ENOENT, () -> world.tree.resolve("root/host0/target"));
    assertThat(world.list("bus/scsi/devices")).containsExactly("sdb");
    assertThat(world.list("class/block")).containsExactly("sdb");
    assertThat(world.list("bus/scsi/drivers/sd")).contains("sdb").doesNotContain("sda");
    assertThat(world.tree.resolve("root/sdb/driver/sdb")).isSameAs(directory);
    assertThat(file.readAll()).isNotEmpty();
    world.tree.openFiles().close(file);
  }

  @Test
  void move_nameOfSomethingElse_isEexistAndEverythingIsWhereItWas() {
    world.export.createFile(block, Attribute.readOnly("sdb", DeviceClass::name));
    assertErrno(Errno.EEXIST, () -> model.move(device, null, "other", "sdb"));
    assertErrno(Errno.EINVAL, () -> model.move(device, null, "", ".."));
    var directory = world.tree.resolve("root/host0/target/sda");
    for (String path :
        List.of("bus/scsi/devices/sda", "class/block/sda", "bus/scsi/drivers/sd/sda")) {
      assertThat(world.tree.resolve(path)).isSameAs(directory);
    }
    assertErrno(Errno.ENOENT, () -> world.tree.resolve("root/other"));
    assertThat(device.path()).isEqualTo("host0/target/sda");
  }

  @Test
  void register_badName_isRefusedAndLeavesNothing() {
    for (String name : List.of("", ".", "..", "a/b", "a\0b")) {
      Device bad = Device.builder(name).parent(parent).folder("bad").bus(bus).build();
      assertErrno(Errno.EINVAL, () -> model.register(bad));
    }
    Device tooLong = Device.builder("x".repeat(256)).folder("bad").build();
    assertErrno(Errno.ENAMETOOLONG, () -> model.register(tooLong));
    Device badFolder = Device.builder("x").folder("a/../b").build();
    assertErrno(Errno.EINVAL, () -> model.register(badFolder));
    assertThat(world.list("root")).containsExactly("host0");
    assertThat(world.list("root/host0")).doesNotContain("bad");
    assertThat(bus.deviceCount()).isEqualTo(1);
    model.unregister(device);
    model.unregister(parent);
  }

  @Test
  void register_busWithAnAttributeCalledDevices_leavesNothing() {
    Bus bad =
        new Bus(
            "bad",
            Bus.OF_TYPE,
            AttributeSet.of(List.of(Attribute.<Bus>readOnly("devices", Bus::name))));
    assertErrno(Errno.EEXIST, () -> model.register(bad));
    assertThat(world.list("bus")).containsExactly("scsi");
  }

  @Test
  void bind_deviceCalledLikeAFileOfTheDriver_isUndone() {
    Device bad = world.track(Device.builder("unbind").bus(bus).type(type).build());
    model.register(bad);
    world.settle();
    assertThat(bad.driver()).isEmpty();
    assertThat(removes).hasValue(1);
    model.unregister(bad);
  }

  @Test
  void changed_pollers_areWoken() {
    OpenFile file = world.open("root/host0/target/sda/size", OpenMode.READ);
    file.readAll();
    var wakes = new AtomicInteger();
    file.poll(wakes::incrementAndGet);
    model.changed(device, "temperature");
    assertThat(wakes).hasValue(0);
    model.changed(device, "size");
    assertThat(wakes).hasValue(1);
    world.tree.openFiles().close(file);
  }

  @Test
  void write_valueThatIsNotOfTheType_saysWhereAndWhatIsAllowed() {
    var stored = new AtomicInteger(1500);
    world.export.createFile(
        device,
        Attribute.integer("mtu", 68, 9000)
            .unit("bytes")
            .<Device>readWrite(_ -> stored.get(), (_, value) -> stored.set(value)));
    String path = "root/host0/target/sda/mtu";
    var thrown = assertErrno(Errno.ERANGE, () -> world.write(path, "9001\n"));
    assertThat(thrown)
        .hasMessage(path + ": takes a whole number from 68 to 9000 bytes, not '9001' (ERANGE)");
    assertErrno(Errno.EINVAL, () -> world.write(path, "many\n"));
    assertThat(world.read(path)).isEqualTo("1500\n");
    world.write(path, "9000\n");
    assertThat(world.read(path)).isEqualTo("9000\n");
  }

  @Test
  void visibilityChanged_ofAnAttributeInAGroup_comesAndGoesForThatDeviceAlone() {
    Set<Device> visible = ConcurrentHashMap.newKeySet();
    AttributeSet<Device> led =
        AttributeSet.<Device>of(List.of(Attribute.<Device>readOnly("colour", _ -> "red")))
            .visibleIf((it, _) -> visible.contains(it));
    var leds = new DeviceType("leds", AttributeSet.of(List.of(new Attribute.Group<>("led", led))));
    Device one = world.track(Device.builder("one").type(leds).build());
    Device other = world.track(Device.builder("other").type(leds).build());
    model.register(one);
    model.register(other);
    var told = new Told();
    world.tree.addListener(told);

    visible.add(one);
    model.visibilityChanged(one, "led/colour");
    assertThat(world.list("root/one/led")).containsExactly("colour");
    assertThat(world.list("root/other/led")).isEmpty();
    assertErrno(Errno.ENOENT, () -> world.read("root/other/led/colour"));
    OpenFile file = world.open("root/one/led/colour", OpenMode.READ);

    visible.clear();
    model.visibilityChanged(one, "led/colour");
    assertErrno(Errno.ENODEV, file::readAll);
    assertErrno(Errno.ENOENT, () -> world.read("root/one/led/colour"));
    assertThat(told.news)
        .containsExactly("created root/one/led/colour", "removed root/one/led/colour");
    model.visibilityChanged(one, "no/such/group");
    world.tree.openFiles().close(file);
  }

  /// Asking which attributes a group has runs the code of a driver like any other callback.
  @Test
  void find_inAGroupOfADriver_pinsItsModule() {
    List<Long> users = new ArrayList<>();
    var inner =
        AttributeSet.<Device>of(List.of(Attribute.<Device>readOnly("x", _ -> "1")))
            .visibleIf((_, _) -> users.add(module.users()));
    var outer = AttributeSet.of(List.of(new Attribute.Group<Device>("group", inner)));
    Device bound = bound(outer);
    assertThat(world.list("root/bound/group")).containsExactly("x");
    assertThat(world.read("root/bound/group/x")).isEqualTo("1\n");
    assertThat(users).isNotEmpty().allMatch(it -> it > 0);
    int asked = users.size();
    assertThat(model.host().useCount(module).tryClose()).isTrue();
    assertThat(world.list("root/bound/group")).isEmpty();
    assertErrno(Errno.ENOENT, () -> world.read("root/bound/group/x"));
    assertThat(users).hasSize(asked);
    assertThat(model.host().useCount(module).reopen()).isTrue();
    model.unregister(bound);
  }

  /// While a driver opens a file, its module is told to refuse, and files are revoked: that one
  /// too.
  @Test
  void open_moduleIsRevokedMeanwhile_isENODEVAndTheModuleIsDrained() throws Exception {
    RawAttribute<Device> none = Attribute.bytes("raw", 1, (_, _, _) -> {}, null);
    var raw =
        new RawAttribute<Device>(
            "raw",
            0444,
            (it, reads, writes, caller) -> {
              model.host().useCount(module).close(Duration.ZERO);
              model.revoke(module);
              return none.opener().open(it, reads, writes, caller);
            });
    Device bound = bound(AttributeSet.of(List.of(raw)));
    assertErrno(Errno.ENODEV, () -> world.open("root/bound/raw", OpenMode.READ));
    assertThat(model.host().useCount(module).close(Duration.ofSeconds(20))).isTrue();
    assertThat(model.host().useCount(module).reopen()).isTrue();
    model.unregister(bound);
  }

  /// Who puts something into a directory looks, with the lock of the tree held, whether its name is
  /// free: that must run no code of a driver, also if one comes just then.
  @Test
  void createDirectory_whileADriverComesAndGoes_runsNoneOfItsCode() throws Exception {
    var asked = new AtomicInteger();
    var attributes =
        new AttributeSet<Device>() {
          @Override
          public List<Attribute<Device>> list(Device device) {
            return List.of();
          }

          @Override
          public @Nullable Attribute<Device> find(Device device, String name) {
            if (StackWalker.getInstance()
                .walk(frames ->
                    frames.anyMatch(it -> it.getMethodName().equals("createDirectory")))) {
              asked.incrementAndGet();
            }
            return null;
          }
        };
    Device bound = bound(attributes);
    Driver owned = bound.driver().orElseThrow();
    var directory = (Directory<?>) world.tree.resolve("root/bound");
    var isOver = new AtomicBoolean();
    var made = new AtomicInteger();
    Thread other =
        Thread.ofPlatform()
            .start(() -> {
              while (!isOver.get()) {
                directory.createDirectory("child");
                directory.remove("child");
                made.incrementAndGet();
              }
            });
    for (int i = 0; i < 200; i++) {
      model.unbind(bound, LONG);
      model.bind(bound, owned);
    }
    isOver.set(true);
    other.join();
    assertThat(made.get()).isPositive();
    assertThat(asked).hasValue(0);
    model.unregister(bound);
  }

  private Device bound(AttributeSet<Device> attributes) {
    var other = new Bus("other");
    model.register(other);
    model.register(
        Driver.builder("owned", other, (_, _) -> {})
            .owner(module)
            .ids("bound")
            .deviceAttributes(attributes)
            .build());
    Device bound =
        Device.builder("bound")
            .bus(other)
            .type(new DeviceType("bound", AttributeSet.none()))
            .build();
    model.register(bound);
    world.settle();
    assertThat(bound.driver()).isPresent();
    return bound;
  }

  /// So it is when it went on its way to another driver that refuses it.
  @Test
  void bindingEnds_deviceHasGoneBefore_isNoFailure() {
    model.unregister(device);
    world.export.unbound(device, driver);
    world.export.passed(device, driver, driver);
    assertThat(world.list("bus/scsi/drivers/sd")).doesNotContain("sda");
  }

  private static final class Told implements TreeListener {
    private final List<String> news = new ArrayList<>();

    @Override
    public void created(Node node) {
      news.add("created " + node.path());
    }

    @Override
    public void removed(Directory<?> parent, String name, Node node) {
      news.add("removed " + parent.path() + "/" + name);
    }

    @Override
    public void changed(File<?> file) {}
  }

  @Test
  void unregister_all_leavesTheTreeAsItWas() {
    model.unregister(device);
    model.unregister(parent);
    model.unregister(driver);
    model.unregister(module);
    model.unregister(block);
    model.unregister(bus);
    for (String path : List.of("root", "bus", "class", "module")) {
      assertThat(world.list(path)).as(path).isEmpty();
    }
  }
}
