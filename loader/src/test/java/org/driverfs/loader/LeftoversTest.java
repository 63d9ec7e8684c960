package org.driverfs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.logging.Logger;
import javax.management.ObjectName;
import org.driverfs.loader.Receipt.Collected;
import org.driverfs.model.Device;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// What a module leaves behind: it is taken from it and on the receipt, or it is named and the
/// receipt does not say that its classes have gone.
@Timeout(60)
@SuppressWarnings("NullAway.Init") // set by JUnit
class LeftoversTest {
  @RegisterExtension
  final Host host =
      new Host(
          new Modules.Options(
              List.of(), Signers.ANYBODY, Host.LONG, Duration.ofSeconds(2), false, null));

  @TempDir private Path directory;

  /// Loads a module whose init does something, unloads it, and waits for what the collector says.
  private Receipt leftBy(String init) throws Exception {
    Path jar =
        ModuleSource.of("messy", "1")
            .main("public void init(ModuleContext context) throws Exception {" + init + "}")
            .source(
                "Handler",
                """
                public class Handler extends java.util.logging.Handler {
                  public void publish(java.util.logging.LogRecord r) {}
                  public void flush() {}
                  public void close() {}
                }
                """)
            .source("HandBean", "public interface HandBean { int getX(); }")
            .source(
                "Hand", "public class Hand implements HandBean { public int getX() { return 1; } }")
            .source("HandMBean", "public interface HandMBean { int getX(); }")
            .source(
                "Sql",
                """
                public class Sql implements java.sql.Driver {
                  public java.sql.Connection connect(String u, Properties p) { return null; }
                  public boolean acceptsURL(String u) { return u.startsWith("jdbc:messy:"); }
                  public java.sql.DriverPropertyInfo[] getPropertyInfo(String u, Properties p) {
                    return new java.sql.DriverPropertyInfo[0];
                  }
                  public int getMajorVersion() { return 1; }
                  public int getMinorVersion() { return 0; }
                  public boolean jdbcCompliant() { return false; }
                  public java.util.logging.Logger getParentLogger() { return null; }
                }
                """)
            .source(
                "Secure",
                "public class Secure extends java.security.Provider { public Secure() { super(\"Messy\", \"1\", \"\"); } }")
            .pack(directory);
    host.modules.insmod(jar, Map.of());
    host.settle();
    return host.settled(host.rmmod("messy"));
  }

  private static void assertTaken(Receipt receipt, String what) {
    assertThat(receipt.findings().forced()).as(receipt.text()).anyMatch(it -> it.contains(what));
    assertThat(receipt.isClean()).as(receipt.text()).isTrue();
  }

  @Test
  void thread_thatObeys_isInterruptedAndJoined() throws Exception {
    assertTaken(
        leftBy(
            """
            var thread = new Thread(() -> {
              try { Thread.sleep(100_000); } catch (InterruptedException e) {}
            }, "messy-thread");
            thread.start();
            """),
        "thread messy-thread");
  }

  @Test
  void thread_thatIgnoresInterrupts_isNamedAndItsClassesStay() throws Exception {
    Receipt receipt =
        leftBy(
            """
            var thread = new Thread(() -> {
              while (!System.getProperty("messy.end", "").equals("1")) {
                try { Thread.sleep(10); } catch (InterruptedException e) {}
              }
            }, "messy-thread");
            thread.start();
            """);
    System.setProperty("messy.end", "1");
    try {
      assertThat(receipt.findings().left())
          .anyMatch(it -> it.startsWith("thread messy-thread, which goes on although"));
      assertThat(receipt.collection().state()).isEqualTo(Collected.NO);
      assertThat(receipt.text()).contains("NOT collected within");
    } finally {
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().equals("messy-thread")) {
          thread.join();
        }
      }
      System.clearProperty("messy.end");
    }
  }

  /// A thread that has not come to the module's code yet is the module's all the same.
  @Test
  void thread_thatHasJustBegun_isFound() throws Exception {
    for (int i = 0; i < 20; i++) {
      assertTaken(
          leftBy(
              """
              for (int i = 0; i < 20; i++) {
                new Thread(() -> {
                  try { Thread.sleep(100_000); } catch (InterruptedException e) {}
                }, "messy-" + i).start();
              }
              """),
          "thread messy-19");
    }
  }

  @Test
  void executorAndTimer_ofTheModulesOwn_areEnded() throws Exception {
    Receipt receipt =
        leftBy(
            """
            var running = new CountDownLatch(2);
            Executors.newSingleThreadExecutor(r -> new Thread(r, "messy-pool") {}).execute(() -> {
              running.countDown();
              try { new CountDownLatch(1).await(); } catch (InterruptedException e) {}
            });
            new Timer("messy-timer").schedule(new TimerTask() {
              public void run() {
                running.countDown();
                try { new CountDownLatch(1).await(); } catch (InterruptedException e) { cancel(); throw new RuntimeException(); }
              }
            }, 0);
            running.await();
            """);
    assertThat(receipt.findings().forced()).as(receipt.text()).contains("thread messy-timer");
    assertThat(receipt.findings().forced().toString() + receipt.findings().left())
        .contains("thread messy-pool");
  }

  @Test
  void shutdownHook_isRemoved() throws Exception {
    assertTaken(
        leftBy(
            """
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {}, "messy-hook"));
            """),
        "shutdown hook messy-hook");
  }

  @Test
  void shutdownHook_ofAThreadThatIsInterrupted_isRemovedToo() throws Exception {
    assertTaken(
        leftBy(
            """
            new Thread(() -> {
              try {
                Thread.sleep(100_000);
              } catch (InterruptedException e) {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {}, "late-hook"));
              }
            }, "messy-thread").start();
            """),
        "shutdown hook late-hook");
  }

  @Test
  void shutdownHook_addedAfterTheUnloading_isRefused() throws Exception {
    Receipt receipt =
        leftBy(
            """
            var hook = new Thread(() -> {}, "late-hook");
            System.getProperties().put("messy.hook", hook);
            new Thread(() -> {
              while (!Thread.interrupted()) {
                try { Thread.sleep(100); } catch (InterruptedException e) { break; }
              }
              while (System.getProperties().contains(hook)) {
                try { Thread.sleep(1); } catch (InterruptedException e) {}
              }
              Runtime.getRuntime().addShutdownHook(hook);
            }, "messy-thread").start();
            """);
    Thread hook = (Thread) System.getProperties().remove("messy.hook");
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals("messy-thread")) {
        thread.join();
      }
    }
    assertThat(receipt.findings().left()).anyMatch(it -> it.startsWith("thread messy-thread"));
    assertThat(Runtime.getRuntime().removeShutdownHook(hook)).as("it was added").isFalse();
  }

  @Test
  void mbean_isUnregistered() throws Exception {
    assertTaken(
        leftBy(
            """
            java.lang.management.ManagementFactory.getPlatformMBeanServer().registerMBean(
                new javax.management.StandardMBean(new Hand(), HandBean.class) {},
                new javax.management.ObjectName("messy:type=hand"));
            """),
        "MBean messy:type=hand");
    assertThat(
            ManagementFactory.getPlatformMBeanServer()
                .isRegistered(new ObjectName("messy:type=hand")))
        .isFalse();
  }

  @Test
  void jdbcDriver_isDeregistered() throws Exception {
    long before = DriverManager.drivers().count();
    assertTaken(
        leftBy("java.sql.DriverManager.registerDriver(new Sql());"), "JDBC driver messy.Sql");
    assertThat(DriverManager.drivers().count()).isEqualTo(before);
  }

  @Test
  void logHandler_isRemoved() throws Exception {
    assertTaken(
        leftBy("java.util.logging.Logger.getLogger(\"\").addHandler(new Handler());"),
        "log handler of logger ''");
    assertThat(Logger.getLogger("").getHandlers())
        .noneMatch(it -> it.getClass().getName().startsWith("messy."));
  }

  @Test
  void securityProvider_isRemoved() throws Exception {
    assertTaken(
        leftBy("java.security.Security.addProvider(new Secure());"), "security provider Messy");
  }

  @Test
  void handlerOfUncaughtExceptions_isReset() throws Exception {
    assertTaken(
        leftBy("Thread.setDefaultUncaughtExceptionHandler((t, e) -> context.module());"),
        "default handler of uncaught exceptions");
  }

  @Test
  void handlerFactoryOfUrls_isRefusedToTheModule() throws Exception {
    assertTaken(
        leftBy(
            """
            try {
              java.net.URL.setURLStreamHandlerFactory(p -> null);
              throw new AssertionError("was set");
            } catch (DriverfsException e) {}
            """),
        "refused: URL.setURLStreamHandlerFactory of messy.Main");
  }

  @Test
  void contextClassLoader_ofAHostThread_isReset() throws Exception {
    try (ExecutorService hosts = Executors.newSingleThreadExecutor()) {
      HostCache.CACHE.put("executor", hosts);
      Receipt receipt =
          leftBy(
              """
              var cache = (Map<String, Object>) Class.forName(
                  "org.driverfs.loader.HostCache", true, ClassLoader.getSystemClassLoader())
                  .getField("CACHE").get(null);
              ClassLoader mine = getClass().getClassLoader();
              ((ExecutorService) cache.get("executor")).submit(
                  () -> Thread.currentThread().setContextClassLoader(mine)).get();
              """);
      assertTaken(receipt, "context class loader of thread pool-");
    } finally {
      HostCache.CACHE.clear();
    }
  }

  /// Nothing can be done about these: the receipt must not say that the classes have gone.
  @Test
  void threadLocal_ofAHostThread_isReportedAsNotCollected() throws Exception {
    try (ExecutorService hosts = Executors.newSingleThreadExecutor()) {
      HostCache.CACHE.put("executor", hosts);
      Receipt receipt =
          leftBy(
              """
              var cache = (Map<String, Object>) Class.forName(
                  "org.driverfs.loader.HostCache", true, ClassLoader.getSystemClassLoader())
                  .getField("CACHE").get(null);
              Object mine = new Object() {};
              var local = new ThreadLocal<Object>();
              ((ExecutorService) cache.get("executor")).submit(() -> local.set(mine)).get();
              """);
      assertThat(receipt.collection().state()).as(receipt.text()).isEqualTo(Collected.NO);
    } finally {
      HostCache.CACHE.clear();
    }
  }

  @Test
  void staticCache_ofTheHost_isReportedAsNotCollected() throws Exception {
    Receipt receipt =
        leftBy(
            """
            var cache = (Map<String, Object>) Class.forName(
                "org.driverfs.loader.HostCache", true, ClassLoader.getSystemClassLoader())
                .getField("CACHE").get(null);
            cache.put("mine", new Object() {});
            """);
    assertThat(receipt.collection().state()).as(receipt.text()).isEqualTo(Collected.NO);
    assertThat(receipt.isClean()).isFalse();
    HostCache.CACHE.clear();
  }

  @Test
  void everythingOfTheContext_isReleasedInReverseAndNamed() throws Exception {
    Receipt receipt =
        leftBy(
            """
            context.own("socket", new java.net.ServerSocket(0));
            var running = new CountDownLatch(3);
            context.start("reader", () -> {
              running.countDown();
              try { new CountDownLatch(1).await(); } catch (InterruptedException e) {}
            });
            context.every("timer", Duration.ofMillis(1), running::countDown);
            context.executor("pool").execute(() -> {
              running.countDown();
              try { new CountDownLatch(1).await(); } catch (InterruptedException e) {}
            });
            context.subscribe();
            Bus bus = new Bus("messy", Bus.OF_TYPE, AttributeSet.none(), context.module());
            context.register(bus);
            context.register(new DeviceClass("messy", AttributeSet.none(), AttributeSet.none(), context.module()));
            var type = new DeviceType("thing", AttributeSet.of(List.of(
                Attribute.<Device>readOnly("x", d -> "1")))).owner(context.module());
            context.register(Device.builder("thing").bus(bus).type(type).build());
            context.register(Driver.builder("d", bus, (device, c) -> {}).owner(context.module())
                .ids("thing").build());
            running.await();
            """);
    assertThat(receipt.findings().released())
        .containsExactly(
            "binding of device thing",
            "driver d",
            "device thing",
            "class messy",
            "bus messy",
            "subscription",
            "pool",
            "timer",
            "reader",
            "socket");
    assertThat(receipt.findings().forced()).isEmpty();
    assertThat(receipt.isClean()).as(receipt.text()).isTrue();
    assertThat(host.model.findBus("messy")).isEmpty();
  }

  @Test
  void whatFailsToClose_isOnTheReceiptAndTheRestIsReleased() throws Exception {
    Receipt receipt =
        leftBy(
            """
            context.own("first", () -> {});
            context.own("stuck", () -> { throw new IllegalStateException("does not close"); });
            """);
    assertThat(receipt.findings().released()).containsExactly("first");
    assertThat(receipt.findings().left())
        .singleElement()
        .asString()
        .startsWith("stuck: ")
        .contains("does not close");
    assertThat(receipt.collection().state()).isEqualTo(Collected.YES);
  }

  /// A host that still has a device and a driver of a module has none of its classes.
  @Test
  void deviceAndDriver_keptByTheHost_keepNoClasses() throws Exception {
    Path jar = Led.source("1.0").pack(directory);
    host.devices(1, "led");
    host.modules.insmod(jar, Map.of());
    host.settle();
    Device device = host.bus.findDevice("led0").orElseThrow();
    var driver = device.driver().orElseThrow();
    Receipt receipt = host.settled(host.rmmod("led"));
    assertThat(receipt.isClean()).as(receipt.text()).isTrue();
    assertThat(host.model.gate().pin(driver, device))
        .as("a pointer to a driver that has gone")
        .isFalse();
    assertThat(driver.deviceAttributes().list(device)).isEmpty();
  }
}
