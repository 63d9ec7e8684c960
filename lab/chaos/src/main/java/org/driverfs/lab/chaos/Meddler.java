package org.driverfs.lab.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.driverfs.errno.DriverfsException;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.OpenFlags;
import org.driverfs.posix.Poll;

/// Uses what belongs to chaos through the mount, and expects nothing of it.
final class Meddler implements Runnable {
  private static final int BYTES = 4096;
  private static final int MOST_HELD_MILLIS = 1_500;

  private final Random random;
  private final Path mount;
  private final BooleanSupplier isOver;

  Meddler(long seed, Path mount, BooleanSupplier isOver) {
    this.random = new Random(seed);
    this.mount = mount;
    this.isOver = isOver;
  }

  @Override
  public void run() {
    while (!isOver.getAsBoolean()) {
      try {
        meddle(directory());
        Thread.sleep(5 + random.nextInt(20));
      } catch (IOException | UncheckedIOException | DriverfsException _) {
        // Chaos may answer what it likes.
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  /// Of a device, a bus, a driver or a class of chaos.
  private Path directory() throws IOException {
    return switch (random.nextInt(5)) {
      case 0 -> mount.resolve("root/ground/p" + random.nextInt(16));
      case 1 -> below(mount.resolve("bus"), "c");
      case 2 -> below(mount.resolve("class"), "c");
      case 3 -> below(below(mount.resolve("bus"), "c").resolve("drivers"), "");
      default -> below(below(mount.resolve("root"), "c"), "");
    };
  }

  private Path below(Path directory, String prefix) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      List<Path> some =
          all.filter(it -> it.getFileName().toString().matches(prefix.isEmpty() ? ".*" : "c\\d.*"))
              .toList();
      if (some.isEmpty()) {
        throw new IOException("nothing there");
      }
      return some.get(random.nextInt(some.size()));
    }
  }

  private void meddle(Path directory) throws IOException, InterruptedException {
    switch (random.nextInt(8)) {
      case 0 -> count(directory);
      case 1 -> Files.writeString(directory.resolve("text"), Integer.toString(random.nextInt(3)));
      case 2 -> Files.readString(directory.resolve("fixed"));
      case 3 -> raw(directory.resolve("raw"));
      case 4 -> poll(directory.resolve(random.nextBoolean() ? "raw" : "text"));
      case 5 -> Files.readSymbolicLink(directory.resolve("link"));
      case 6 -> Files.readString(directory.resolve("group/inner"));
      default -> hold(directory.resolve("text"));
    }
  }

  private static void count(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      all.forEach(each -> Files.exists(each, LinkOption.NOFOLLOW_LINKS));
    }
  }

  private void raw(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1 + random.nextInt(BYTES)), 0);
      channel.read(ByteBuffer.allocate(1 + random.nextInt(BYTES)), 0);
    }
  }

  private void poll(Path file) {
    try (Descriptor open = Descriptor.open(file.toString(), OpenFlags.RDWR)) {
      Poll.await(Poll.PRI, Duration.ofMillis(random.nextInt(MOST_HELD_MILLIS)), open);
    }
  }

  /// Keeps it open for a while, in which others may unload whose it is.
  private void hold(Path file) throws IOException, InterruptedException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.read(ByteBuffer.allocate(BYTES), 0);
      Thread.sleep(random.nextInt(MOST_HELD_MILLIS));
      channel.read(ByteBuffer.allocate(BYTES), 0);
    }
  }
}
