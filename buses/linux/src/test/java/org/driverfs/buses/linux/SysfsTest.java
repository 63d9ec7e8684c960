package org.driverfs.buses.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.driverfs.buses.linux.SysfsDevice.Subsystem;
import org.driverfs.posix.DirectoryEntry;
import org.driverfs.posix.DirectoryEntry.Kind;
import org.driverfs.posix.FileStatus;
import org.driverfs.posix.OpenFlags;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SysfsTest {
  private static final Path DEVICES = Path.of("/sys/devices");
  private final Sysfs sysfs = Sysfs.at("/sys");

  @AfterEach
  void close() {
    sysfs.close();
  }

  @Test
  void at_noSysfs_isRefused() {
    assertThatThrownBy(() -> Sysfs.at("/etc")).hasMessageContaining("/etc/devices");
  }

  @Test
  void list_aDevice_hasAllItsNames() {
    assertThat(sysfs.list("virtual/mem/null"))
        .contains(
            new DirectoryEntry("uevent", Kind.FILE),
            new DirectoryEntry("power", Kind.DIRECTORY),
            new DirectoryEntry("subsystem", Kind.LINK));
    assertThat(sysfs.list("virtual/mem/none")).isEmpty();
    assertThat(sysfs.list("virtual/mem/null/uevent")).isEmpty();
  }

  @Test
  void look_aFile_hasTheKernelsMode() {
    assertThat(sysfs.look("virtual/mem/null/uevent")).map(FileStatus::permissions).contains(0644);
    assertThat(sysfs.look("virtual/mem/null/dev")).map(FileStatus::permissions).contains(0444);
    assertThat(sysfs.look("virtual/mem/null/none")).isEmpty();
    assertThat(sysfs.readLink("virtual/mem/null/dev")).isEmpty();
  }

  @Test
  void open_wayOutOfDevices_isRefused() {
    assertThatThrownBy(() -> sysfs.open("../kernel/uevent_seqnum", OpenFlags.RDONLY))
        .hasMessageContaining("(EXDEV)");
    assertThatThrownBy(() -> sysfs.open("virtual/mem/null/subsystem/x", OpenFlags.RDONLY))
        .hasMessageContaining("(ELOOP)");
    assertThatThrownBy(() -> sysfs.open("virtual/mem/null/subsystem", OpenFlags.RDONLY))
        .hasMessageContaining("(ELOOP)");
  }

  @Test
  void look_deviceOfAClass_knowsItsSubsystem() {
    assertThat(SysfsDevice.look(sysfs, "virtual/net/lo"))
        .hasValueSatisfying(device -> {
          assertThat(device.subsystem()).contains(new Subsystem("net", true));
          assertThat(device.driver()).isEmpty();
        });
    assertThat(SysfsDevice.look(sysfs, "virtual/net")).isEmpty();
  }

  @Test
  void look_everyDevice_agreesWithTheKernelsLinks() {
    new SysfsScan(sysfs)
        .devices(
            "",
            device -> {
              Path path = DEVICES.resolve(device.path());
              assertThat(device.driver()).isEqualTo(lastNameOfLink(path.resolve("driver")));
              assertThat(device.subsystem().map(Subsystem::name))
                  .isEqualTo(lastNameOfLink(path.resolve("subsystem")));
            });
  }

  @Test
  void devices_thisMachine_areAllThereParentsFirst() throws Exception {
    var found = new ArrayList<String>();
    new SysfsScan(sysfs).devices("", device -> found.add(device.path()));
    assertThat(found).doesNotHaveDuplicates();
    assertThat(lasting(Set.copyOf(found))).isEqualTo(lasting(devicesOfThisMachine()));
    var seen = new HashSet<String>();
    var all = Set.copyOf(found);
    for (String path : found) {
      ancestors(path).filter(all::contains).forEach(above -> assertThat(seen).contains(above));
      seen.add(path);
    }
  }

  @Test
  void holdsDevices_everyDirectory_isADeviceAFolderOrAGroup() throws Exception {
    Set<String> devices = devicesOfThisMachine();
    var scan = new SysfsScan(sysfs);
    try (Stream<Path> walk = Files.walk(DEVICES)) {
      List<String> directories =
          walk.filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
              .map(SysfsTest::below)
              .filter(d -> !d.isEmpty() && !d.startsWith("virtual/bdi/0:"))
              .toList();
      for (String directory : directories) {
        boolean expected =
            devices.stream().anyMatch(d -> d.equals(directory) || d.startsWith(directory + "/"));
        assertThat(scan.holdsDevices(directory)).as(directory).isEqualTo(expected);
      }
    }
  }

  private static Set<String> devicesOfThisMachine() throws IOException {
    try (Stream<Path> walk = Files.walk(DEVICES)) {
      return walk.filter(path -> path.endsWith("uevent"))
          .map(path -> below(path.resolveSibling("")))
          .collect(Collectors.toSet());
    }
  }

  /// Without those that each mount makes, since others may mount meanwhile.
  private static Set<String> lasting(Set<String> paths) {
    return paths.stream().filter(p -> !p.startsWith("virtual/bdi/0:")).collect(Collectors.toSet());
  }

  private static String below(Path path) {
    return DEVICES.relativize(path).toString();
  }

  private static Stream<String> ancestors(String path) {
    return Stream.iterate(path, p -> p.contains("/"), p -> p.substring(0, p.lastIndexOf('/')))
        .skip(1);
  }

  private static Optional<String> lastNameOfLink(Path link) {
    try {
      return Optional.of(Files.readSymbolicLink(link).getFileName().toString());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
