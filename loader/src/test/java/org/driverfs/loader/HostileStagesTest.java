package org.driverfs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.loader.Host.assertErrno;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.driverfs.errno.Errno;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.Kobject;
import org.driverfs.model.ModelObserver;
import org.driverfs.model.ModuleRecord;
import org.driverfs.model.spi.DriverModule;
import org.driverfs.model.spi.ModuleContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever the code of a module does in a stage of its unloading, the next stage follows, and its
/// name is free afterwards.
@Timeout(60)
class HostileStagesTest {
  private static final String INTERRUPT = "Thread.currentThread().interrupt();";

  /// Where a pool may be when the stack ends: in the middle of its own bookkeeping.
  private static final String OVERFLOWS =
      """
      class Deep { int down(int n) { return down(n + 1) + 1; } }
      var pool = context.executor("pool");
      for (int i = 0; i < 50; i++) { pool.execute(() -> new Deep().down(0)); }
      """;

  @RegisterExtension private final Host host = new Host();
  private final Modules modules = host.modules;
  @TempDir private Path directory;

  private static Stream<Hostile> stages() {
    Hostile m = Hostile.of("m");
    Stream<Hostile> plain =
        Stream.of(
            m.exit(INTERRUPT),
            m.exit(
                "var me = Thread.currentThread(); new Thread(me::interrupt).start();"
                    + " try { Thread.sleep(5000); } catch (InterruptedException e) { me.interrupt(); }"),
            m.driver(Hostile.PROBE + "public void remove(Device d) {" + INTERRUPT + "}"),
            m.init("context.own(\"thing\", () -> " + INTERRUPT.replace(";", "") + ");"),
            m.exit("throw new StackOverflowError();"),
            m.init(OVERFLOWS),
            m.exit("throw new Exception() { public String toString() { return null; } };"));
    Stream<Hostile> evil =
        IntStream.range(0, 4)
            .boxed()
            .flatMap(n ->
                Stream.of(
                    m.exit(Hostile.evil(n)),
                    m.init("context.own(\"thing\", () -> {" + Hostile.evil(n) + "});"),
                    m.driver(
                        Hostile.PROBE + "public void remove(Device d) {" + Hostile.evil(n) + "}"),
                    m.driver("public void probe(Device d, Context c) {" + Hostile.evil(n) + "}")));
    Stream<Hostile> threads =
        Stream.of(
                "throw new AssertionError();",
                "try { new CountDownLatch(1).await(); } catch (InterruptedException e) {}")
            .map(it ->
                m.init(
                    "var t = new Thread(() -> { try { new CountDownLatch(1).await(5, TimeUnit.SECONDS); }"
                        + " catch (InterruptedException e) {} }) { public void interrupt() { "
                        + it
                        + " } }; t.setDaemon(true); t.start();"));
    return Stream.of(plain, evil, threads).flatMap(it -> it);
  }

  @ParameterizedTest
  @MethodSource("stages")
  void rmmod_aStageFails_theNextFollowsAndTheNameIsFree(Hostile hostile) throws Exception {
    Path jar = hostile.pack(directory);
    modules.insmod(jar, Map.of());
    Device device = host.devices(1, "m").getFirst();
    host.settle();
    Receipt receipt = host.revoke("m");
    assertThat(modules.list()).as(receipt.text()).isEmpty();
    assertThat(host.model.gate().inside())
        .allMatch(call -> call.operation().detail().contains("thread")); // of an evil one
    host.model.unregister(device);
    modules.insmod(Hostile.of("m").pack(directory), Map.of());
    host.rmmod("m");
    await().until(() -> host.model.gate().inside().isEmpty());
  }

  @Test
  void init_throwsWhatCannotBePrinted_isRefusedAndNothingIsLeft() throws Exception {
    for (int times = 0; times < 4; times++) {
      Path jar = Hostile.of("m").init(Hostile.evil(times)).pack(directory);
      assertErrno(Errno.EIO, () -> modules.insmod(jar, Map.of()));
      assertThat(modules.list()).isEmpty();
    }
  }

  @Test
  void show_throwsWhatCannotBePrinted_isEio() throws Exception {
    for (int times = 0; times < 4; times++) {
      String name = "m" + times;
      modules.insmod(
          Hostile.of(name).value(Hostile.evil(times) + "return \"1\";").pack(directory), Map.of());
      host.devices(1, name);
      host.settle();
      assertErrno(Errno.EIO, () -> host.read("root/" + name + "0/value"));
      host.rmmod(name);
    }
  }

  @Test
  void leftovers_anMBeanHangsWhenItGoes_isNamedAndTheReceiptIsGiven() throws Exception {
    Path jar =
        ModuleSource.of("m", "1")
            .main(
                """
                public void init(ModuleContext context) throws Exception {
                  java.lang.management.ManagementFactory.getPlatformMBeanServer()
                      .registerMBean(new Hand(), new javax.management.ObjectName("m:type=hand"));
                }
                """)
            .source("HandMBean", "public interface HandMBean { int getX(); }")
            .source(
                "Hand",
                """
                public class Hand implements HandMBean, javax.management.MBeanRegistration {
                  public int getX() { return 1; }
                  public javax.management.ObjectName preRegister(
                      javax.management.MBeanServer s, javax.management.ObjectName n) { return n; }
                  public void postRegister(Boolean b) {}
                  public void preDeregister() throws Exception { Thread.sleep(5000); }
                  public void postDeregister() {}
                }
                """)
            .pack(directory);
    modules.insmod(jar, Map.of());
    Receipt receipt = host.revoke("m");
    assertThat(receipt.findings().left()).anyMatch(it -> it.startsWith("MBeans"));
    assertThat(modules.list()).isEmpty();
    await().until(() -> host.model.gate().inside().isEmpty());
  }

  /// It is another's thread: what is taken from it is the handler, and its work goes on.
  @Test
  void leftovers_aHandlerOnAThreadOfTheHost_isTakenAndTheThreadIsLeftAlone() throws Exception {
    ExecutorService hosts = Executors.newSingleThreadExecutor();
    var interrupted = new AtomicBoolean();
    var goOn = new CountDownLatch(1);
    HostCache.CACHE.put("executor", hosts);
    try {
      String init =
          """
          @SuppressWarnings("unchecked")
          var cache = (Map<String, Object>) Class.forName(
              "org.driverfs.loader.HostCache", true, ClassLoader.getSystemClassLoader())
              .getField("CACHE").get(null);
          ((ExecutorService) cache.get("executor")).submit(() ->
              Thread.currentThread().setUncaughtExceptionHandler((t, e) -> {})).get();
          """;
      modules.insmod(Hostile.of("m").init(init).pack(directory), Map.of());
      var work =
          hosts.submit(() -> {
            try {
              goOn.await();
            } catch (InterruptedException _) {
              interrupted.set(true);
            }
          });
      Receipt receipt = host.settled(host.revoke("m"));
      assertThat(receipt.findings().forced()).anyMatch(it -> it.startsWith("handler of uncaught"));
      assertThat(receipt.isClean()).as(receipt.text()).isTrue();
      goOn.countDown();
      work.get();
      assertThat(interrupted).isFalse();
    } finally {
      HostCache.CACHE.remove("executor");
      hosts.shutdownNow();
    }
  }

  /// Their threads would be taken for each other's by the names of their loaders.
  @Test
  void rmmod_twoOfOneNameAndVersion_onlyTheOneThatIsMeant() throws Exception {
    Path jar =
        Hostile.of("m")
            .value(
                "System.setProperty(\"driverfs.in\", \"\"); Thread.sleep(1000); return \"fine\";")
            .pack(directory);
    try {
      modules.insmodBeside(jar, Map.of());
      modules.insmod(jar, Map.of());
      Device device = host.devices(1, "m").getFirst();
      host.settle();
      String other =
          device.driver().orElseThrow().owner().orElseThrow().name().equals("m") ? "m@1.0" : "m";
      var read = CompletableFuture.supplyAsync(() -> host.read("root/m0/value"));
      await().until(() -> System.getProperty("driverfs.in") != null);
      Receipt receipt = host.rmmod(other);
      assertThat(receipt.findings().forced()).isEmpty();
      assertThat(read.get(20, TimeUnit.SECONDS)).isEqualTo("fine\n");
    } finally {
      System.clearProperty("driverfs.in");
    }
  }

  @Test
  void rmmod_whileItIsBeingEntered_waitsOrIsRefused() throws Exception {
    var result = new CompletableFuture<Object>();
    host.model.addObserver(
        new ModelObserver() {
          @Override
          public void added(Kobject object) {
            if (object instanceof ModuleRecord && !result.isDone()) {
              try {
                result.complete(modules.rmmod("m", new Way.Revoke(Duration.ofMillis(50))));
              } catch (Exception e) {
                result.complete(e);
              }
            }
          }

          @Override
          public void removed(Kobject object) {}

          @Override
          public void moved(Device device) {}

          @Override
          public void bound(Device device, Driver driver) {}

          @Override
          public void unbound(Device device, Driver driver) {}

          @Override
          public void changed(Kobject object, String attribute) {}
        });
    modules.insmod(Hostile.of("m").pack(directory), Map.of());
    assertThat(result.get().toString()).contains("is being loaded");
    host.rmmodCleanly("m");
  }

  @Test
  void close_manyModulesHang_theOthersHaveTimeToGo() throws Exception {
    modules.load("innocent", "1", new Slow());
    for (int i = 0; i < 8; i++) {
      modules.insmod(Hostile.of("m" + i).exit("Thread.sleep(4000);").pack(directory), Map.of());
    }
    modules.close();
    assertThat(modules.list()).extracting(ModuleInfo::label).doesNotContain("innocent");
    await().until(() -> modules.list().isEmpty());
  }

  private static final class Slow implements DriverModule {
    @Override
    public void init(ModuleContext context) {}

    @Override
    public void exit() throws InterruptedException {
      Thread.sleep(1000);
    }
  }

  /// A module has neither its own count nor a reference of others in its hands.
  @Test
  void counts_cannotBeReachedByModules() {
    assertThat(org.driverfs.model.Module.class.getMethods())
        .extracting(java.lang.reflect.Method::getName)
        .doesNotContain("useCount", "loaded", "pin", "unpin");
    assertThat(Kobject.class.getMethods())
        .extracting(java.lang.reflect.Method::getName)
        .doesNotContain("get", "put", "ref", "unref");
    assertThat(List.of(org.driverfs.model.Code.class.getMethods()))
        .extracting(java.lang.reflect.Method::getName)
        .doesNotContain("pin", "unpin");
  }
}
