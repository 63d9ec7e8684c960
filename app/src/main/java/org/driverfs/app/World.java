package org.driverfs.app;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.export.Export;
import org.driverfs.lifetime.Caller;
import org.driverfs.loader.Modules;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.Model;
import org.driverfs.posix.CurrentProcess;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.driverfs.tree.Link;
import org.driverfs.tree.Listing;
import org.driverfs.tree.Node;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenMode;
import org.driverfs.tree.Tree;

/// What there is, without any door to it: the model and the tree that shows it.
final class World {
  private final Model model = new Model();
  private final Tree tree;
  private final Export export;
  private final Census census = new Census();
  private final Modules modules;
  private final Caller caller;

  /// The path of the mount with a slash at its end; without a mount, what no path begins with.
  private volatile String mount = "\0";

  /// A world without devices, owned by whoever runs this.
  World() {
    this(Modules.Options.DEFAULT);
  }

  /// @param options how modules are loaded
  World(Modules.Options options) {
    int uid = CurrentProcess.effectiveUser();
    int gid = CurrentProcess.effectiveGroup();
    caller = new Caller(uid, gid, 0);
    tree = new Tree(uid, gid);
    export = Export.of(model, tree);
    model.addObserver(census);
    modules = new Modules(model, options);
    ReceiptFiles.show(tree, modules.receipts());
  }

  Model model() {
    return model;
  }

  Tree tree() {
    return tree;
  }

  Export export() {
    return export;
  }

  Modules modules() {
    return modules;
  }

  Census census() {
    return census;
  }

  /// For whom verbs open files: the owner, since nobody else gets through the socket.
  Caller caller() {
    return caller;
  }

  /// Lets paths of the mount stand for those of the tree from now on.
  void mountedAt(Path directory) {
    mount = directory + "/";
  }

  /// What a path leads to, from the top of the tree or of its mount.
  ///
  /// @throws DriverfsException ENOENT, ENOTDIR or ELOOP
  Node require(String path) {
    return tree.resolve(path.startsWith(mount) ? path.substring(mount.length()) : path);
  }

  /// The file that a path leads to.
  ///
  /// @throws DriverfsException EISDIR if it leads to something else; what [#require] says
  File<?> requireFile(String path) {
    if (require(path) instanceof File<?> file) {
      return file;
    }
    throw new DriverfsException(Errno.EISDIR, path, "is a directory; try `driverfs ls` with it");
  }

  /// Writes to a file, in one piece.
  ///
  /// @throws DriverfsException what [#requireFile] says; what the store threw; EIO if it took less
  void write(String path, String text) {
    OpenFile file = tree.openFiles().open(requireFile(path), OpenMode.WRITE, caller, this);
    try (Arena arena = Arena.ofConfined()) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      MemorySegment from = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
      int taken = file.write(0, from, 0, bytes.length);
      if (taken < bytes.length) {
        throw new DriverfsException(
            Errno.EIO, path, "took only %d of %d bytes".formatted(taken, bytes.length));
      }
    } finally {
      tree.openFiles().close(file);
    }
  }

  /// The directory that a path leads to.
  ///
  /// @throws DriverfsException ENOTDIR if it leads to something else; what [#require] says
  Directory<?> requireDirectory(String path) {
    if (require(path) instanceof Directory<?> directory) {
      return directory;
    }
    throw new DriverfsException(Errno.ENOTDIR, path, "is a file; try `driverfs cat` with it");
  }

  /// The device whose directory a path leads to, from the top of the tree or of all devices.
  ///
  /// @throws DriverfsException ENODEV if it leads to something else; what [#require] says
  Device requireDevice(String path) {
    Node node;
    try {
      node = require(path);
    } catch (DriverfsException e) {
      node = require("root/" + path);
    }
    if (node instanceof Directory<?> directory && directory.object() instanceof Device device) {
      return device;
    }
    throw new DriverfsException(Errno.ENODEV, path, "is no device; `driverfs lsdev` lists them");
  }

  /// The driver of the device at that path below all devices, if there are both.
  Optional<String> findDriverName(String path) {
    try {
      return tree.resolve("root/" + path) instanceof Directory<?> directory
              && directory.object() instanceof Device device
          ? device.driver().map(Driver::name)
          : Optional.empty();
    } catch (DriverfsException _) {
      return Optional.empty(); // it has gone, or the event is about no device
    }
  }

  /// The bus of that name.
  ///
  /// @throws DriverfsException ENOENT without one
  Bus requireBus(String name) {
    return model
        .findBus(name)
        .orElseThrow(() ->
            new DriverfsException(Errno.ENOENT, name, "is no bus; `driverfs ls bus` lists them"));
  }

  /// A driver for the bus of a device.
  ///
  /// @throws DriverfsException ENOENT without one
  Driver requireDriver(Device device, String name) {
    return device
        .bus()
        .flatMap(bus -> bus.findDriver(name))
        .orElseThrow(() ->
            new DriverfsException(
                Errno.ENOENT, name, "is no driver for its bus; `driverfs lsdrv` lists them"));
  }

  /// All devices, as far as none comes or goes meanwhile.
  Stream<Device> devices() {
    return Stream.concat(
        census.withoutBus().stream(), model.buses().stream().flatMap(World::devices));
  }

  /// The devices on a bus, as far as none comes or goes meanwhile.
  static Stream<Device> devices(Bus bus) {
    List<Device> devices = new ArrayList<>();
    bus.forEachDevice(devices::add);
    return devices.stream();
  }

  /// The entries of a directory by name.
  static List<Node> sorted(Directory<?> directory) {
    List<Node> nodes = new ArrayList<>();
    new Listing<>(directory).list(0, (node, _) -> nodes.add(node));
    nodes.sort(Comparator.comparing(Node::name));
    return nodes;
  }

  /// The kind of an entry, as `ls -l` shows it.
  static char letter(Node node) {
    return switch (node) {
      case Directory<?> _ -> 'd';
      case File<?> _ -> '-';
      case Link _ -> 'l';
    };
  }

  /// Where an entry leads to, if it is a link.
  static String arrow(Node node) {
    return node instanceof Link link ? " -> " + link.text() : "";
  }
}
