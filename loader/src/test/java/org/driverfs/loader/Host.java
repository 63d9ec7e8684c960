package org.driverfs.loader;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.export.Export;
import org.driverfs.lifetime.Caller;
import org.driverfs.loader.Receipt.Collected;
import org.driverfs.model.Bus;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Model;
import org.driverfs.model.Module;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.driverfs.tree.Listing;
import org.driverfs.tree.OpenFile;
import org.driverfs.tree.OpenMode;
import org.driverfs.tree.Tree;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A model with a tree and modules for one test, and a bus of its own: after the test no module is
/// left, nobody is inside anything, and no file is open.
final class Host implements AfterEachCallback {
  static final Duration LONG = Duration.ofSeconds(20);

  final Model model = new Model();
  final Tree tree = new Tree();
  final Export export = Export.of(model, tree);
  final Bus bus = new Bus("gpio");
  final Modules modules;

  Host() {
    this(Modules.Options.DEFAULT);
  }

  Host(Modules.Options options) {
    model.register(bus);
    modules = new Modules(model, options);
  }

  /// Devices of the bus that a driver with their name as its id can have.
  List<Device> devices(int count, String id) {
    List<Device> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(
          Device.builder(id + i)
              .bus(bus)
              .type(
                  new DeviceType(id, List.of(id), org.driverfs.model.AttributeSet.none(), _ -> {}))
              .build());
      model.register(all.getLast());
    }
    return all;
  }

  void settle() {
    try {
      model.settle(LONG);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  OpenFile open(String path) {
    return tree.openFiles().open((File<?>) tree.resolve(path), OpenMode.READ, Caller.SELF, this);
  }

  String read(String path) {
    OpenFile file = open(path);
    try {
      return read(file);
    } finally {
      tree.openFiles().close(file);
    }
  }

  static String read(OpenFile file) {
    return new String(file.readAll(), UTF_8);
  }

  void write(String path, String text) {
    OpenFile file =
        tree.openFiles().open((File<?>) tree.resolve(path), OpenMode.WRITE, Caller.SELF, this);
    try {
      file.write(text);
    } finally {
      tree.openFiles().close(file);
    }
  }

  List<String> list(String path) {
    List<String> names = new ArrayList<>();
    new Listing<>((Directory<?>) tree.resolve(path)).list(0, (node, _) -> names.add(node.name()));
    return names;
  }

  Receipt rmmod(String name) throws InterruptedException {
    return modules.rmmod(name, new Way.Try());
  }

  Receipt revoke(String name) throws InterruptedException {
    return modules.rmmod(name, new Way.Revoke(LONG));
  }

  /// The receipt once the garbage collector has said what it has to say.
  Receipt settled(Receipt receipt) throws InterruptedException {
    return modules.receipts().awaitCollected(receipt, LONG);
  }

  /// Unloads, and expects that nothing is left.
  Receipt rmmodCleanly(String name) throws InterruptedException {
    Receipt receipt = settled(rmmod(name));
    assertThat(receipt.collection().state()).as(receipt.text()).isEqualTo(Collected.YES);
    assertThat(receipt.findings().left()).isEmpty();
    return receipt;
  }

  static DriverfsException assertErrno(Errno errno, ThrowingCallable call) {
    DriverfsException thrown = catchThrowableOfType(DriverfsException.class, call);
    assertThat(thrown).as("a DriverfsException").isNotNull();
    assertThat(thrown.errno()).as(thrown.toString()).isEqualTo(errno);
    return thrown;
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    end();
  }

  /// Nothing may be left.
  void end() throws Exception {
    modules.close();
    assertThat(modules.list()).isEmpty();
    assertThat(model.gate().inside()).as("inside the gate").isEmpty();
    assertThat(tree.openFiles().size()).as("open files").isZero();
    assertThat(model.moduleRecords()).allMatch(it -> it.state() == Module.State.UNLOADED);
  }
}
