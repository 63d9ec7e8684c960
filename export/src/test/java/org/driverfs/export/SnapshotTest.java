package org.driverfs.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.driverfs.model.Event;
import org.driverfs.tree.Directory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class SnapshotTest {
  @RegisterExtension final World world = new World();
  private final Panel panel = new Panel(world, "panel");

  @BeforeEach
  void nothingWaits() {
    panel.leave.countDown();
  }

  private Snapshot snapshot(String path, boolean isRecursive) throws InterruptedException {
    return world.export.snapshot((Directory<?>) world.tree.resolve(path), isRecursive, Caller.SELF);
  }

  private static String text(Snapshot snapshot, String path) {
    byte[] value = snapshot.values().getOrDefault(path, new byte[0]);
    return new String(value, StandardCharsets.UTF_8);
  }

  @Test
  void snapshot_ofADevice_hasItsValuesAndThoseOfItsGroups() throws Exception {
    panel.numbers.putAll(Map.of("a", 1, "c", 3));
    Snapshot snapshot = snapshot("root/panel", false);
    assertThat(snapshot.values().keySet())
        .contains("a", "b", "more/c", "name", "once", "slow", "uevent");
    assertThat(text(snapshot, "a")).isEqualTo("1\n");
    assertThat(text(snapshot, "more/c")).isEqualTo("3\n");
    assertThat(snapshot.failures()).containsExactly(Map.entry("out", Errno.EACCES));
    assertThat(snapshot.version()).isEqualTo(world.model.events().sequence());
    assertThat(snapshot.isConsistent()).isTrue();
  }

  @Test
  void snapshot_whatCannotBeRead_isNamedWithItsError() throws Exception {
    AttributeSet<Device> attributes =
        AttributeSet.of(
            List.of(
                Attribute.<Device>readOnly(
                    "broken",
                    _ -> {
                      throw new IllegalStateException("a broken driver");
                    }),
                Attribute.<Device>bytes("huge", Long.MAX_VALUE, (_, _, into) -> fill(into), null),
                Attribute.<Device>bytes("rom", 3, (_, _, into) -> into.put((byte) 0xff), null)));
    Device bad = world.track(Device.builder("bad").type(new DeviceType("bad", attributes)).build());
    world.model.register(bad);
    Snapshot snapshot = snapshot("root/bad", false);
    assertThat(snapshot.failures()).isEqualTo(Map.of("broken", Errno.EIO, "huge", Errno.EFBIG));
    assertThat(snapshot.values()).containsKeys("name", "rom");
  }

  private static void fill(ByteBuffer buffer) {
    buffer.position(buffer.limit());
  }

  @Test
  void snapshot_recursive_readsTheObjectsBelow() throws Exception {
    Device child = world.track(Device.builder("child").parent(panel.device).build());
    world.model.register(child);
    assertThat(snapshot("root/panel", false).values()).doesNotContainKey("child/name");
    assertThat(text(snapshot("root/panel", true), "child/name")).isEqualTo("child\n");
    assertThat(text(snapshot("root", true), "panel/child/name")).isEqualTo("child\n");
    assertThat(snapshot("root", false).values()).as("plain directories have none").isEmpty();
    world.model.unregister(child);
  }

  @Test
  void snapshot_eventMeanwhile_isTakenAgain() throws Exception {
    var shows = new AtomicInteger();
    panel.inShow =
        () -> {
          if (shows.incrementAndGet() == 1) {
            publish();
          }
        };
    Snapshot snapshot = snapshot("root/panel", false);
    assertThat(snapshot.isConsistent()).isTrue();
    assertThat(snapshot.version()).isEqualTo(world.model.events().sequence());
    assertThat(shows).as("of a, b and c, twice").hasValue(6);
  }

  @Test
  void snapshot_eventsAllTheTime_endsAndSaysSo() throws Exception {
    panel.inShow = this::publish;
    Snapshot snapshot = snapshot("root/panel", false);
    assertThat(snapshot.isConsistent()).isFalse();
    assertThat(snapshot.version()).isLessThan(world.model.events().sequence());
    assertThat(snapshot.values()).containsKey("a");
  }

  private void publish() {
    world.model.publish(panel.device, Event.Action.CHANGE, Map.of());
  }

  /// A transaction stores the same number twice. Without turns, a snapshot would see it half done.
  @Test
  void snapshot_whileTransactionsRun_seesNoneHalfDone() throws Exception {
    var writer =
        new FutureTask<>(() -> {
          for (int i = 1; i <= 500; i++) {
            world
                .export
                .transaction(Caller.SELF)
                .store(panel.file("a"), i + "\n")
                .store(panel.file("more/c"), i + "\n")
                .commit();
          }
          return true;
        });
    Thread.ofPlatform().start(writer);
    while (!writer.isDone()) {
      Snapshot snapshot = snapshot("root/panel", false);
      assertThat(text(snapshot, "a")).isEqualTo(text(snapshot, "more/c"));
    }
    assertThat(writer.get()).isTrue();
  }

  @Test
  void snapshot_valueBlocks_endsWhenItIsInterrupted() throws Exception {
    var blocked = new Panel(world, "blocked");
    var task = new FutureTask<>(() -> snapshot("root/blocked", false));
    Thread reader = Thread.ofPlatform().start(task);
    blocked.entered.await();
    reader.interrupt();
    assertThat(catchThrowableOfType(ExecutionException.class, task::get))
        .hasCauseInstanceOf(InterruptedException.class);
  }
}
