package org.driverfs.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.driverfs.model.Kobject;
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

/// A model shown in a tree, for one test, after which nothing may be open, used or referred to.
final class World implements AfterEachCallback {
  final Tree tree = new Tree();
  final Model model = new Model();
  final Export export = Export.of(model, tree);
  private final List<Kobject> tracked = new ArrayList<>();

  <K extends Kobject> K track(K object) {
    tracked.add(object);
    return object;
  }

  /// Waits until all devices have been probed.
  void settle() {
    try {
      model.settle(Duration.ofSeconds(30));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  OpenFile open(String path, OpenMode mode) {
    return tree.openFiles().open((File<?>) tree.resolve(path), mode, Caller.SELF, this);
  }

  String read(String path) {
    OpenFile file = open(path, OpenMode.READ);
    try {
      return new String(file.readAll(), StandardCharsets.UTF_8);
    } finally {
      tree.openFiles().close(file);
    }
  }

  void write(String path, String text) {
    OpenFile file = open(path, OpenMode.WRITE);
    try {
      file.write(text);
    } finally {
      tree.openFiles().close(file);
    }
  }

  List<String> list(String path) {
    return list((Directory<?>) tree.resolve(path));
  }

  private static <T> List<String> list(Directory<T> directory) {
    List<String> names = new ArrayList<>();
    new Listing<>(directory).list(0, (node, _) -> names.add(node.name()));
    return names;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    assertThat(tree.openFiles().size()).as("open files").isZero();
    assertThat(model.gate().inside()).as("inside the gate").isEmpty();
    for (Kobject object : tracked) {
      if (object instanceof Module module) {
        assertThat(module.users()).as("users of " + module).isZero();
      }
      if (!object.isRegistered()) {
        assertThat(object.references()).as("references of " + object).isZero();
      }
    }
  }

  static DriverfsException assertErrno(Errno errno, ThrowingCallable call) {
    DriverfsException thrown = catchThrowableOfType(DriverfsException.class, call);
    assertThat(thrown).as("a DriverfsException").isNotNull();
    assertThat(thrown.errno()).as(thrown.toString()).isEqualTo(errno);
    return thrown;
  }
}
