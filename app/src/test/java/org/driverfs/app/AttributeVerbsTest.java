package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Device;
import org.driverfs.model.DeviceType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The verbs that are about the values of attributes, and what they say.
@Timeout(30)
final class AttributeVerbsTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final AtomicInteger mtu = new AtomicInteger(1500);
  private final AtomicInteger queue = new AtomicInteger(8);
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch leave = new CountDownLatch(1);

  @TempDir private Path directory;
  private Daemon daemon;

  @BeforeEach
  void register() {
    daemon = new Daemon(Settings.of(new UpOptions(null, directory.resolve("s"), null, false)));
    AttributeSet<Device> ring =
        AttributeSet.of(
            List.of(
                Attribute.oneOf("mode", "slow", "fast").<Device>readOnly(_ -> "fast"),
                Attribute.integer("queue", 1, 64)
                    .<Device>readWrite(_ -> queue.get(), (_, value) -> queue.set(value))));
    AttributeSet<Device> all =
        AttributeSet.of(
            List.of(
                Attribute.integer("mtu", 68, 9000)
                    .unit("bytes")
                    .description("the longest frame")
                    .<Device>readWrite(_ -> mtu.get(), (_, value) -> mtu.set(value)),
                Attribute.<Device>bytes("rom", 2, (_, _, into) -> into.put((byte) 0xff), null)
                    .description("what is burnt in"),
                Attribute.<Device>writeOnly("reset", (_, _) -> {}),
                new Attribute.Group<>("ring", ring)));
    register("nic", all);
  }

  private void register(String name, AttributeSet<Device> attributes) {
    daemon
        .world()
        .model()
        .register(Device.builder(name).type(new DeviceType(name, attributes)).build());
  }

  @Test
  void describe_ofADevice_isItsSchema() {
    assertThat(run("describe", "root/nic")).isZero();
    String schema = out.toString(StandardCharsets.UTF_8);
    assertThat(schema)
        .startsWith("{\"path\":\"root/nic\",\"kind\":\"device\",\"files\":[{")
        .contains(
            """
            {"name":"mtu","mode":"0644","type":"integer","readable":true,"writable":true,\
            "constant":false,"min":68,"max":9000,"unit":"bytes","description":"the longest frame"}\
            """)
        .contains(
            """
            {"name":"rom","mode":"0444","type":"bytes","readable":true,"writable":false,\
            "constant":false,"description":"what is burnt in","size":2}\
            """)
        .contains(
            """
            {"name":"reset","mode":"0200","type":"text","readable":false,"writable":true,\
            "constant":false}\
            """)
        .contains(
            """
            "ring":{"files":[{"name":"mode","mode":"0444","type":"enumeration","readable":true,\
            "writable":false,"constant":false,"values":["slow","fast"]}\
            """);
    out.reset();
    assertThat(run("cat", "root/nic/?describe")).isZero();
    assertThat(out).hasToString(schema);
  }

  @Test
  void describe_ofTheTop_hasLinksAndDirectories() {
    assertThat(run("cat", "?describe")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("\"name\":\"devices\"", "\"to\":\"root\"")
        .contains("\"directories\":[\"bus\",\"class\"");
    assertThat(run("describe", "root/nic/mtu")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("(ENOTDIR)");
  }

  @Test
  void snapshot_ofADevice_hasValuesFailuresAndOneVersion() {
    assertThat(run("snapshot", "root/nic")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .startsWith(
            "{\"path\":\"root/nic\",\"version\":%d,\"consistent\":true,\"values\":{"
                .formatted(daemon.world().model().events().sequence()))
        .contains("\"mtu\":\"1500\"", "\"ring/queue\":\"8\"")
        .contains("\"failures\":{\"reset\":\"EACCES\"}");
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("\"rom\":{\"base64\":\"//8=\"}");
  }

  @Test
  void set_severalPairs_storesAllOrNone() {
    assertThat(run("set", "root/nic/mtu", "1400", "root/nic/ring/queue", "16")).isZero();
    assertThat(mtu).hasValue(1400);
    assertThat(queue).hasValue(16);
    assertThat(run("set", "root/nic/mtu", "68", "root/nic/ring/queue", "-1")).isEqualTo(1);
    assertThat(err)
        .hasToString(
            "driverfs: root/nic/ring/queue: takes a whole number from 1 to 64, not '-1';"
                + " all others have their old values (ERANGE)\n");
    assertThat(mtu).hasValue(1400);
  }

  /// And not as the name of a file whose content it is.
  @Test
  void set_valueThatBeginsWithAt_isTakenAsItIs() {
    assertThat(run("set", "root/nic/mtu", "@/proc/version")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("'@/proc/version'");
  }

  @Test
  void set_if_storesOnlyOverTheValueThatIsExpected() {
    assertThat(run("set", "--if", "1500", "root/nic/mtu", "1400")).isZero();
    assertThat(run("set", "--if", "1500", "root/nic/mtu", "1300")).isEqualTo(1);
    assertThat(err)
        .hasToString(
            "driverfs: root/nic/mtu: has the value '1400', so that nothing was stored"
                + " (ECANCELED)\n");
    assertThat(mtu).hasValue(1400);
  }

  @Test
  void snapshot_valueBlocksAndTheClientGoes_endsTheVerb() throws Exception {
    register(
        "slow",
        AttributeSet.of(
            List.of(
                Attribute.<Device>readOnly("a", _ -> await()),
                Attribute.<Device>readOnly("b", _ -> await()))));
    try (var socket = ControlSocket.open(directory.resolve("s"), daemon)) {
      try (var channel =
          SocketChannel.open(java.net.UnixDomainSocketAddress.of(directory.resolve("s")))) {
        Wire.writeRequest(
            Channels.newOutputStream(channel),
            new Wire.Request(false, List.of("snapshot", "root/slow")));
        entered.await();
      }
      for (Thread verb : verbs()) {
        verb.join();
      }
      assertThat(socket).isNotNull();
    }
  }

  private String await() throws InterruptedException {
    entered.countDown();
    leave.await();
    return "";
  }

  private static List<Thread> verbs() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("verb"))
        .toList();
  }

  private int run(String... arguments) {
    return Verbs.run(new Session(daemon, stream(out), stream(err), false), List.of(arguments));
  }

  private static PrintStream stream(ByteArrayOutputStream to) {
    return new PrintStream(to, true, StandardCharsets.UTF_8);
  }
}
