package org.driverfs.buses.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.Kobject;
import org.driverfs.model.Model;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The states between two events, which the kernel does not hold still for: made of directories
/// that look like its own.
class DeviceMirrorTest {
  private final Model model = new Model();
  private final Recorder recorder = new Recorder();
  private final Subsystems subsystems = new Subsystems(model, AttributeSet.none());
  private final Path sys;
  private final Sysfs sysfs;
  private final DeviceMirror mirror;

  DeviceMirrorTest(@TempDir Path directory) throws IOException {
    sys = directory;
    Files.createDirectory(sys.resolve("devices"));
    sysfs = Sysfs.at(sys.toString());
    mirror = new DeviceMirror(model, sysfs, subsystems);
  }

  @BeforeEach
  void observe() {
    model.addObserver(recorder);
  }

  @AfterEach
  void close() {
    mirror.clear();
    subsystems.clear();
    sysfs.close();
    assertThat(recorder.objects()).isEmpty();
  }

  @Test
  void add_parentThatWasAFolder_adoptsWhatIsBelow() throws Exception {
    make("a/f/b", "bus/x");
    mirror.reconcile();
    assertThat(recorder.device("a/f/b").folder()).isEqualTo("a/f");
    make("a", "bus/x");
    apply(Uevent.Action.ADD, "a");
    assertThat(recorder.device("a/f/b").folder()).isEqualTo("f");
    assertThat(recorder.device("a/f/b").parent()).containsSame(recorder.device("a"));
  }

  @Test
  void add_childBeforeItsParentsEvent_makesTheParentFirst() throws Exception {
    make("a", "bus/x");
    make("a/b", "class/y");
    apply(Uevent.Action.ADD, "a/b");
    assertThat(recorder.device("a/b").parent()).containsSame(recorder.device("a"));
    assertThat(recorder.device("a/b").deviceClass()).map(Kobject::name).contains("y");
    Device before = recorder.device("a");
    apply(Uevent.Action.ADD, "a");
    assertThat(recorder.device("a")).isSameAs(before);
  }

  @Test
  void add_seenBeforeItsLinksWereThere_getsItsBus() throws Exception {
    Path device = make("a", null);
    make("a/b", "bus/x");
    mirror.reconcile();
    assertThat(recorder.device("a").bus()).isEmpty();
    Files.createSymbolicLink(device.resolve("subsystem"), Path.of("../../bus/x"));
    apply(Uevent.Action.ADD, "a");
    assertThat(recorder.device("a").bus()).map(Kobject::name).contains("x");
    assertThat(recorder.device("a/b").parent()).containsSame(recorder.device("a"));
  }

  @Test
  void add_nameTakenByOneThatHasGone_takesItOver() throws Exception {
    Path old = make("a/n", "bus/x");
    mirror.reconcile();
    delete(old);
    make("b/n", "bus/x");
    apply(Uevent.Action.ADD, "b/n");
    assertThat(recorder.paths()).containsExactly("b/n");
    apply(Uevent.Action.REMOVE, "a/n");
    assertThat(recorder.paths()).containsExactly("b/n");
  }

  @Test
  void remove_lastBelowADeviceThatSendsNoEvents_takesThatToo() throws Exception {
    Path silent = make("a", null);
    Path below = make("a/b", "bus/x");
    mirror.reconcile();
    delete(below);
    delete(silent);
    apply(Uevent.Action.REMOVE, "a/b");
    assertThat(recorder.paths()).isEmpty();
  }

  @Test
  void move_withDevicesBelow_movesThemAll() throws Exception {
    make("a", "bus/x");
    make("a/f/b", "bus/x");
    mirror.reconcile();
    Device device = recorder.device("a");
    Device below = recorder.device("a/f/b");
    Files.move(sys.resolve("devices/a"), sys.resolve("devices/c"));
    apply(Uevent.Action.MOVE, "c", "a");
    assertThat(device.path()).isEqualTo("c");
    assertThat(below.path()).isEqualTo("c/f/b");
    mirror.reconcile();
    assertThat(recorder.devices()).containsExactlyInAnyOrder(device, below);
  }

  @Test
  void move_thatTheScanHasSeen_leavesOne() throws Exception {
    Path old = make("a", "bus/x");
    mirror.reconcile();
    Files.move(old, sys.resolve("devices/c"));
    apply(Uevent.Action.ADD, "c");
    apply(Uevent.Action.MOVE, "c", "a");
    assertThat(recorder.paths()).containsExactly("c");
  }

  @Test
  void reconcile_afterALoss_keepsWhatStays() throws Exception {
    Path gone = make("a", "bus/x");
    make("b", "bus/x");
    mirror.reconcile();
    Device stays = recorder.device("b");
    delete(gone);
    make("c", "bus/x");
    mirror.reconcile();
    assertThat(recorder.paths()).containsExactly("b", "c");
    assertThat(recorder.device("b")).isSameAs(stays);
  }

  private Path make(String path, @Nullable String subsystem) throws IOException {
    Path directory = Files.createDirectories(sys.resolve("devices").resolve(path));
    Files.createFile(directory.resolve("uevent"));
    if (subsystem != null) {
      String up = "../".repeat(1 + path.split("/", -1).length);
      Files.createSymbolicLink(directory.resolve("subsystem"), Path.of(up + subsystem));
    }
    return directory;
  }

  private static void delete(Path directory) throws IOException {
    Files.delete(directory.resolve("uevent"));
    Files.deleteIfExists(directory.resolve("subsystem"));
    Files.delete(directory);
  }

  private void apply(Uevent.Action action, String path) {
    mirror.apply(new Uevent(action, "/devices/" + path, Map.of()));
  }

  private void apply(Uevent.Action action, String path, String from) {
    mirror.apply(new Uevent(action, "/devices/" + path, Map.of("DEVPATH_OLD", "/devices/" + from)));
  }
}
