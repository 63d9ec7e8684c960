package org.driverfs.app;

import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenFiles;
import org.driverfs.tree.OpenMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Shows what files contain, byte for byte. The name `?describe` below a directory stands for what
/// [Description] says of it.
@Command(name = "cat", aliases = "get", description = "Shows what files contain.")
final class CatVerb extends Verb {
  private static final int PIECE = 1 << 16;

  @Parameters(paramLabel = "PATH", arity = "1..*", description = "Files of the tree.")
  private List<String> paths = List.of();

  @Override
  public Integer call() {
    int status = DONE;
    for (String path : paths) {
      try {
        show(path);
      } catch (DriverfsException e) {
        session().complain(e);
        status = FAILED;
      }
    }
    return status;
  }

  private void show(String path) {
    World world = daemon().world();
    if (path.equals(Description.QUERY) || path.endsWith("/" + Description.QUERY)) {
      String directory = path.substring(0, path.length() - Description.QUERY.length());
      session().out().println(Description.of(world.requireDirectory(directory)));
      return;
    }
    OpenFiles files = world.tree().openFiles();
    OpenFile file = files.open(world.requireFile(path), OpenMode.READ, world.caller(), world);
    try {
      copy(file, session().out());
    } finally {
      files.close(file);
    }
  }

  private static void copy(OpenFile file, PrintStream out) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(PIECE);
      long offset = 0;
      for (int count; (count = file.read(offset, buffer, 0, PIECE)) > 0; offset += count) {
        byte[] piece = buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
        out.write(piece, 0, count);
        if (out.checkError()) {
          return;
        }
      }
    }
  }
}
