package org.driverfs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.loader.Hostile.BUS;
import static org.driverfs.loader.Stay.STAY;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Whoever has asked for something is interrupted (Ctrl-C, a thread pool that is shut down) while
/// some callback of the module is at work: he goes at once, what he has begun comes to an end
/// without him, and everything can be asked for again.
@Timeout(60)
class InterruptedClientsTest {
  private static final Duration AT_ONCE = Duration.ofSeconds(5);

  private static final String REMOVE =
      Hostile.PROBE + "public void remove(Device d) {" + STAY + "}";
  private static final String SAVE =
      Hostile.PROBE + "public Map<String, String> save(Device d) {" + STAY + " return Map.of(); }";
  private static final String OWN = "context.own(\"thing\", () -> {" + STAY + "});";

  @RegisterExtension
  private final Host host =
      new Host(new Modules.Options(List.of(), Signers.ANYBODY, Host.LONG, Host.LONG, false, null));

  private final Modules modules = host.modules;
  @TempDir private Path directory;

  interface Command {
    void run(Modules modules, Path old, Path next) throws InterruptedException;
  }

  private static Arguments row(
      String command, String stage, Hostile old, Hostile next, Command asked) {
    return Arguments.of(command, stage, old, next, asked);
  }

  static Stream<Arguments> stages() {
    Hostile old = Hostile.of("m");
    Hostile next = old.version("2.0");
    Hostile alone = old.init(BUS);
    Hostile nextAlone = alone.version("2.0");
    Command rmmod = (modules, _, _) -> modules.rmmod("m", new Way.Try());
    Command wait = (modules, _, _) -> modules.rmmod("m", new Way.Wait(Host.LONG));
    Command revoke = (modules, _, _) -> modules.rmmod("m", new Way.Revoke(Host.LONG));
    Command upgrade = (modules, _, jar) -> modules.upgrade(jar, Host.LONG);
    Command replace = (modules, _, jar) -> modules.replace(jar, Host.LONG);
    String probe = "public void probe(Device d, Context c) {" + STAY + "}";
    return Stream.of(
        row("rmmod", "remove", old.driver(REMOVE), next, rmmod),
        row("rmmod", "exit", old.exit(STAY), next, rmmod),
        row("rmmod", "close of what it owns", old.init(OWN), next, rmmod),
        row("rmmod --wait", "show", old.value(STAY + "return \"1\";"), next, wait),
        row("rmmod --revoke", "show", old.value(STAY + "return \"1\";"), next, revoke),
        row("rmmod --revoke", "remove", old.driver(REMOVE), next, revoke),
        row("upgrade", "init of the next", old, next.init(STAY), upgrade),
        row("upgrade", "save", old.driver(SAVE), next, upgrade),
        row("upgrade", "remove", old.driver(REMOVE), next, upgrade),
        row("upgrade", "probe of the next", old, next.driver(probe), upgrade),
        row("upgrade", "exit", old.exit(STAY), next, upgrade),
        row("upgrade", "close of what it owns", old.init(OWN), next, upgrade),
        row("upgrade --revoke", "show", alone.value(STAY + "return \"1\";"), nextAlone, replace),
        row("upgrade --revoke", "save", alone.driver(SAVE), nextAlone, replace),
        row("upgrade --revoke", "remove", alone.driver(REMOVE), nextAlone, replace),
        row("upgrade --revoke", "exit", alone.exit(STAY), nextAlone, replace),
        row("upgrade --revoke", "init of the next", alone, nextAlone.init(BUS + STAY), replace),
        row("upgrade --revoke", "probe of the next", alone, nextAlone.driver(probe), replace));
  }

  @BeforeEach
  @AfterEach
  void clear() {
    Stay.clear();
  }

  @ParameterizedTest(name = "{0} in {1}")
  @MethodSource("stages")
  void client_interrupted_goesAtOnceAndAllCanBeAskedForAgain(
      String command, String stage, Hostile old, Hostile next, Command asked) throws Exception {
    Path oldJar = old.pack(directory);
    Path nextJar = next.pack(directory);
    modules.insmod(oldJar, Map.of());
    host.devices(1, "m");
    host.settle();
    var reader = CompletableFuture.completedFuture("");
    if (stage.equals("show")) {
      reader = CompletableFuture.supplyAsync(this::read);
      Stay.awaitIn();
    }
    var outcome = new CompletableFuture<Throwable>();
    Thread client =
        Thread.ofPlatform().start(() -> outcome.complete(failure(asked, oldJar, nextJar)));
    Stay.awaitIn();
    client.interrupt();
    assertThat(outcome.get(AT_ONCE.toSeconds(), TimeUnit.SECONDS))
        .matches(InterruptedClientsTest::isInterrupt, "is told of the interrupt");
    Stay.letGo();
    reader.join();
    await().until(this::isAtRest);
    assertAllCanBeAskedForAgain(oldJar, nextJar);
  }

  private String read() {
    try {
      return host.read("root/m0/value");
    } catch (DriverfsException e) {
      return e.sentence(); // it was revoked
    }
  }

  private Throwable failure(Command asked, Path old, Path next) {
    try {
      asked.run(modules, old, next);
      return new AssertionError("it has not failed");
    } catch (Throwable t) {
      return t;
    }
  }

  private static boolean isInterrupt(Throwable thrown) {
    return thrown instanceof InterruptedException
        || (thrown instanceof DriverfsException known && known.errno() == Errno.EINTR);
  }

  /// One version is in use, or none, and nothing is on its way.
  private boolean isAtRest() {
    List<ModuleInfo> all = modules.list();
    return all.isEmpty() || (all.size() == 1 && all.getFirst().state().equals("live"));
  }

  private void assertAllCanBeAskedForAgain(Path old, Path next) throws InterruptedException {
    if (!modules.list().isEmpty()) {
      host.settle();
      host.rmmod("m");
    }
    modules.insmod(old, Map.of());
    host.settle();
    assertThat(host.read("root/m0/value")).isEqualTo("1\n");
    modules.replace(next, Host.LONG);
    host.settle();
    assertThat(modules.find("m").orElseThrow().version()).isEqualTo("2.0");
    assertThat(host.bus.findDevice("m0").orElseThrow().driver()).isPresent();
    host.rmmodCleanly("m");
  }
}
