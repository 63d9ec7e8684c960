package org.driverfs.app;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a command line says of the daemon that it starts.
///
/// @param background whether somebody waits for it to go into the background
record UpOptions(
    @Nullable Path mount, @Nullable Path socket, @Nullable Path config, boolean background) {

  /// Understands the plain spelling without picocli, which alone would take as long as all the rest
  /// of a start.
  ///
  /// @return empty for a mistake, a call for help or another spelling; picocli knows what to say
  static Optional<UpOptions> parsePlain(List<String> arguments) {
    Path mount = null;
    Path socket = null;
    Path config = null;
    boolean background = false;
    for (Iterator<String> words = arguments.listIterator(1); words.hasNext(); ) {
      String word = words.next();
      if (word.equals(Detach.BACKGROUND_OPTION)) {
        background = true;
      } else if (!words.hasNext()) {
        return Optional.empty();
      } else if (word.equals("--mount") && mount == null) {
        mount = Path.of(words.next());
      } else if (word.equals(Places.SOCKET_OPTION) && socket == null) {
        socket = Path.of(words.next());
      } else if (word.equals("--config") && config == null) {
        config = Path.of(words.next());
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(new UpOptions(mount, socket, config, background));
  }
}
