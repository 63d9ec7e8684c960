package org.driverfs.loader;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Says what keeps the classes of a module that was unloaded from going: a service, since it needs
/// a library that reads heap dumps.
public interface LeakFinder {
  /// Finds the shortest ways from what the garbage collector never takes to the classes of a loader
  /// or to objects of them.
  ///
  /// @param loader the name of the class loader, as on a receipt
  /// @param scratch a directory for the heap dump, which is removed; it may be as large as the heap
  /// @return for each way one text of several lines, what to do first; empty if there is none
  /// @throws IOException if the heap cannot be dumped or read
  List<String> find(String loader, Path scratch) throws IOException;
}
