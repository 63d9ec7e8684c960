package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CommandTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir private Path directory;

  @Test
  void run_takesTooLong_isKilledWithItsChildren() throws Exception {
    Path pid = directory.resolve("pid");
    var script = "sleep 1000 & echo $! > " + pid + "; wait";
    assertThatThrownBy(() -> run(Duration.ofMillis(500), script))
        .hasMessageContainingAll("/bin/sh", "was killed", "ETIMEDOUT");
    long child = Long.parseLong(Files.readString(pid).strip());
    await().until(() -> ProcessHandle.of(child).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void run_fails_isToldWithStatusAndTheBeginningOfItsOutput() {
    assertThatThrownBy(() -> run(LONG, "echo no such luck; yes | head -c 1000000 >&2; exit 3"))
        .hasMessageContainingAll("exit status 3", "no such luck\ny\n", "...")
        .satisfies(thrown -> assertThat(thrown.toString()).hasSizeLessThan(5000));
  }

  @Test
  void run_readsItsInput_findsNone() throws Exception {
    run(LONG, "! read line");
  }

  private static void run(Duration timeout, String script) throws InterruptedException {
    Command.run(List.of("/bin/sh", "-c", script), Map.of(), timeout);
  }
}
