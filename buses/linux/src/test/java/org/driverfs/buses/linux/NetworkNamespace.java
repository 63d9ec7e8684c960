package org.driverfs.buses.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.driverfs.posix.CurrentProcess;
import org.driverfs.posix.CurrentThread;
import org.driverfs.posix.Mounts;

/// A network of the test's own: a thread that lives in its own network and mount namespace, with a
/// sysfs that shows this network's interfaces. Descriptors opened there work in any thread. The
/// interfaces go when it is closed.
final class NetworkNamespace implements AutoCloseable {
  private final ExecutorService thread = Executors.newSingleThreadExecutor();

  NetworkNamespace() {
    assumeTrue(CurrentProcess.effectiveUser() == 0, "a network of one's own needs root");
    call(() -> {
      CurrentThread.unshare(CurrentThread.CLONE_NEWNET | CurrentThread.CLONE_NEWNS);
      Mounts.mount("none", "/", "none", Mounts.MS_REC | Mounts.MS_PRIVATE, "");
      Mounts.mount("sysfs", "/sys", "sysfs", Mounts.MS_NOSUID | Mounts.MS_NODEV, "");
      return true;
    });
  }

  /// Does something in the namespace.
  <T> T call(Callable<T> task) {
    try {
      return thread.submit(task).get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Runs `ip` with arguments separated by spaces.
  void ip(String arguments) {
    run(("ip " + arguments).split(" ", -1));
  }

  /// Runs several commands of `ip` in one process, one a line.
  void ipBatch(Iterable<String> lines) {
    String script = String.join("\n", lines) + "\n";
    run("sh", "-c", "ip -batch - <<'END'\n" + script + "END\n");
  }

  private void run(String... command) {
    call(() -> {
      var all = new ArrayList<>(List.of(command));
      Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
      byte[] output = process.getInputStream().readAllBytes();
      if (process.waitFor() != 0) {
        throw new AssertionError(all + ": " + new String(output, StandardCharsets.UTF_8));
      }
      return true;
    });
  }

  @Override
  public void close() {
    thread.close();
  }
}
