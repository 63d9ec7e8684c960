package org.driverfs.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurrentThreadTest {
  private static final int NOBODY = 65534;

  @Test
  void id_isAThreadOfThisProcess() throws Exception {
    int id = onThread(CurrentThread::id);
    assertThat(id).isNotEqualTo(CurrentThread.id());
    assertThat(CurrentProcess.pid()).isEqualTo((int) ProcessHandle.current().pid());
    assertThat(Path.of("/proc/self/task/" + CurrentThread.id())).exists();
  }

  @Test
  void dropDescriptors_keepsFilesAndNothingElse_forThisThreadAlone() throws Exception {
    try (Sockets.Pair sockets = Sockets.pair(Sockets.SOCK_STREAM);
        var event = new EventDescriptor();
        Descriptor device = Descriptor.open("/dev/null", OpenFlags.RDWR);
        Descriptor file = Descriptor.open("/proc/self/status", OpenFlags.RDONLY)) {
      assertThat(
              onThread(() -> {
                CurrentThread.dropDescriptors();
                for (String stream : List.of("0", "1", "2")) {
                  assertThat(Path.of("/proc/thread-self/fd", stream).toRealPath())
                      .isEqualTo(Path.of("/dev/null"));
                }
                return descriptors();
              }))
          .contains("0", "1", "2", name(file))
          .doesNotContain(name(sockets.first()), name(sockets.second()), name(device))
          .doesNotContain(name(event.descriptor()));
      assertThat(descriptors())
          .contains(name(sockets.first()), name(event.descriptor()), name(device), name(file));
    }
  }

  private static List<String> descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/thread-self/fd"))) {
      return all.map(path -> path.getFileName().toString()).toList();
    }
  }

  private static String name(Descriptor descriptor) {
    return Integer.toString(descriptor.number());
  }

  @Test
  void pin_oneCpu_holdsForThisThreadAlone() throws Exception {
    BitSet all = CurrentThread.cpus();
    var one = new BitSet();
    one.set(all.nextSetBit(0));
    assertThat(
            onThread(() -> {
              CurrentThread.pin(one);
              return CurrentThread.cpus();
            }))
        .isEqualTo(one);
    assertThat(CurrentThread.cpus()).isEqualTo(all);
  }

  @Test
  void pin_noCpu_isRefused() {
    assertThatThrownBy(() -> CurrentThread.pin(new BitSet())).hasMessageContaining("(EINVAL)");
  }

  @Test
  void takeOn_nobody_opensWhatNobodyMayAndThisThreadAlone(@TempDir Path directory)
      throws Exception {
    assumeTrue(CurrentProcess.effectiveUser() == 0, "needs root");
    Path secret = Files.writeString(directory.resolve("secret"), "x");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    Errno errno =
        onThread(() -> {
          CurrentThread.takeOn(NOBODY, NOBODY);
          try (Descriptor open = Descriptor.open(secret.toString(), OpenFlags.RDONLY)) {
            throw new AssertionError("nobody could open " + open);
          } catch (DriverfsException e) {
            return e.errno();
          }
        });
    assertThat(errno).isEqualTo(Errno.EACCES);
    Descriptor.open(secret.toString(), OpenFlags.RDONLY).close();
  }

  @Test
  void takeOn_root_hasNoCapabilities() throws Exception {
    assumeTrue(CurrentProcess.effectiveUser() == 0, "needs root");
    String capabilities =
        onThread(() -> {
          CurrentThread.takeOn(0, 0, 0, 4);
          return Files.readString(Path.of("/proc/thread-self/status"));
        });
    assertThat(capabilities).containsPattern("CapEff:\\s0+\n").containsPattern("Groups:\\s0 4 ");
  }

  @Test
  void unshare_network_isThisThreadsAlone(@TempDir Path directory) throws Exception {
    assumeTrue(CurrentProcess.effectiveUser() == 0, "needs root");
    Path mine = Path.of("/proc/thread-self/ns/net");
    Path before = Files.readSymbolicLink(mine);
    onThread(() -> {
      try (Descriptor old = Descriptor.open(mine.toString(), OpenFlags.RDONLY)) {
        CurrentThread.unshare(CurrentThread.CLONE_NEWNET | CurrentThread.CLONE_NEWNS);
        assertThat(Files.readSymbolicLink(mine)).isNotEqualTo(before);
        mountAndUnmount(directory.toString());
        CurrentThread.enter(old, CurrentThread.CLONE_NEWNET);
        assertThat(Files.readSymbolicLink(mine)).isEqualTo(before);
        return true;
      }
    });
    assertThat(Files.readSymbolicLink(mine)).isEqualTo(before);
  }

  private static void mountAndUnmount(String where) {
    Mounts.mount("none", "/", "none", Mounts.MS_REC | Mounts.MS_PRIVATE, "");
    Mounts.mount("tmp", where, "tmpfs", Mounts.MS_NOSUID | Mounts.MS_NODEV, "mode=0701");
    assertThat(FileStatus.of(Descriptor.WORKING_DIRECTORY, where).permissions()).isEqualTo(0701);
    Mounts.unmount(where, Mounts.MNT_DETACH);
    assertThatThrownBy(() -> Mounts.unmount(where, 0)).hasMessageContaining("(EINVAL)");
  }

  private static <T> T onThread(Callable<T> task) throws Exception {
    var future = new FutureTask<>(task);
    Thread.ofPlatform().start(future);
    return future.get();
  }
}
