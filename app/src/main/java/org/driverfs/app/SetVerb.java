package org.driverfs.app;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenFiles;
import org.driverfs.tree.OpenMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Stores a value in a file, in one write.
@Command(name = "set", description = "Writes a value to a file.")
final class SetVerb extends Verb {
  @Option(names = "-n", description = "Without a newline at its end.")
  private boolean bare;

  @Parameters(index = "0", paramLabel = "PATH", description = "A file of the tree.")
  private String path = "";

  @Parameters(index = "1", paramLabel = "VALUE", description = "What is written.")
  private String value = "";

  @Override
  public Integer call() {
    World world = daemon().world();
    OpenFiles files = world.tree().openFiles();
    OpenFile file = files.open(world.requireFile(path), OpenMode.WRITE, world.caller(), world);
    try (Arena arena = Arena.ofConfined()) {
      byte[] bytes = (bare ? value : value + "\n").getBytes(StandardCharsets.UTF_8);
      MemorySegment text = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
      int taken = file.write(0, text, 0, bytes.length);
      if (taken < bytes.length) {
        throw new DriverfsException(
            Errno.EIO, path, "took only %d of %d bytes".formatted(taken, bytes.length));
      }
    } finally {
      files.close(file);
    }
    return DONE;
  }
}
