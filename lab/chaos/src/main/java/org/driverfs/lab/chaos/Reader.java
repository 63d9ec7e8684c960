package org.driverfs.lab.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/// Reads what has nothing to do with chaos, again and again, through the mount: it must always be
/// there, the same, within a second.
final class Reader implements Runnable {
  private static final Duration LIMIT = Duration.ofSeconds(1);
  private static final long PAUSE_MILLIS = 4;

  /// @param value what it must be; empty for anything but nothing
  private record Steady(String path, String value) {}

  private static final List<Steady> FILES =
      List.of(
          new Steady("root/good/g0/value", "value of g0\n"),
          new Steady("root/virtual/net/lo/mtu", "65536\n"),
          new Steady("root/good/g1/constant", "constant of g1\n"),
          new Steady("class/net/lo/address", "00:00:00:00:00:00\n"),
          new Steady("bus/good/devices/g2/value", "value of g2\n"),
          new Steady("root/good/g3/number", ""),
          new Steady("module/good/version", "1\n"),
          new Steady("root/virtual/net/lo/netif/up", "0\n"));

  private static final List<String> DIRECTORIES =
      List.of("root/good", "root/virtual/net/lo", "bus/good/devices", "class", "module/good");

  private final Path mount;
  private final Watch watch;
  private final Violations violations;
  private final BooleanSupplier isOver;

  Reader(Path mount, Watch watch, Violations violations, BooleanSupplier isOver) {
    this.mount = mount;
    this.watch = watch;
    this.violations = violations;
    this.isOver = isOver;
  }

  @Override
  public void run() {
    for (int i = 0; !isOver.getAsBoolean(); i++) {
      read(FILES.get(i % FILES.size()));
      if (i % 5 == 0) {
        list(DIRECTORIES.get(i / 5 % DIRECTORIES.size()));
      }
      if (i % 7 == 0) {
        write("root/good/g3/number", Integer.toString(i));
      }
      pause();
    }
  }

  private void read(Steady file) {
    try (var _ = watch.begin("read", file.path(), LIMIT, null)) {
      String text = Files.readString(mount.resolve(file.path()));
      if (file.value().isEmpty() ? text.isEmpty() : !text.equals(file.value())) {
        violations.add("a wrong value", file.path() + " is " + text);
      }
    } catch (IOException e) {
      violations.add("a read fails", file.path() + ": " + e);
    }
  }

  private void list(String path) {
    try (var _ = watch.begin("list", path, LIMIT, null);
        Stream<Path> all = Files.list(mount.resolve(path))) {
      if (all.findAny().isEmpty()) {
        violations.add("an empty directory", path);
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      violations.add("a listing fails", path + ": " + e);
    }
  }

  private void write(String path, String text) {
    try (var _ = watch.begin("write", path, LIMIT, null)) {
      Files.writeString(mount.resolve(path), text);
    } catch (IOException e) {
      violations.add("a write fails", path + ": " + e);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
