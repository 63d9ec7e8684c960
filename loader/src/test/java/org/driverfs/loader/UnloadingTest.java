package org.driverfs.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.loader.Host.assertErrno;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.loader.Receipt.Collected;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.Context;
import org.driverfs.model.Device;
import org.driverfs.model.Driver;
import org.driverfs.model.Module;
import org.driverfs.model.spi.DriverModule;
import org.driverfs.model.spi.ModuleContext;
import org.driverfs.tree.OpenFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Unloadings that meet those who are inside, each other, and the module's own code. The modules
/// are the test's own classes, so that it can stop them where it wants.
@Timeout(60)
class UnloadingTest {
  private static final Duration SHORT = Duration.ofMillis(30);

  @RegisterExtension final Host host = new Host();
  private final Modules modules = host.modules;
  private final List<String> calls = new CopyOnWriteArrayList<>();

  /// What a module of this test does.
  private interface Step {
    void run() throws Exception;
  }

  /// A module with a driver for devices with its name as their id, which have an attribute `value`.
  private final class Stepped implements DriverModule {
    private final String name;
    private Step show = () -> {};
    private Step remove = () -> {};
    private Step exit = () -> {};
    private Optional<String> veto = Optional.empty();

    Stepped(String name) {
      this.name = name;
    }

    Stepped show(Step step) {
      show = step;
      return this;
    }

    Stepped remove(Step step) {
      remove = step;
      return this;
    }

    Stepped exit(Step step) {
      exit = step;
      return this;
    }

    Stepped veto(String reason) {
      veto = Optional.of(reason);
      return this;
    }

    @Override
    public void init(ModuleContext context) {
      context.register(
          Driver.builder(
                  name,
                  host.bus,
                  new Driver.Callbacks() {
                    @Override
                    public void probe(Device device, Context binding) {
                      calls.add("probe");
                    }

                    @Override
                    public void remove(Device device) throws Exception {
                      remove.run();
                      calls.add("remove");
                    }
                  })
              .owner(context.module())
              .ids(name)
              .deviceAttributes(
                  AttributeSet.of(
                      List.of(
                          Attribute.<Device>readOnly(
                              "value",
                              _ -> {
                                show.run();
                                return "1";
                              }))))
              .build());
      context.own("port", () -> calls.add("port"));
    }

    @Override
    public void exit() throws Exception {
      exit.run();
      calls.add("exit");
    }

    @Override
    public Optional<String> veto() {
      return veto;
    }
  }

  private void load(Stepped module) throws InterruptedException {
    modules.load(module.name, "1", module);
    host.devices(1, module.name);
    host.settle();
    assertThat(host.list("root/" + module.name + "0")).contains("value");
  }

  private static CompletableFuture<Object> async(java.util.concurrent.Callable<?> action) {
    var result = new CompletableFuture<Object>();
    Thread.ofPlatform()
        .start(() -> {
          try {
            result.complete(action.call());
          } catch (Throwable t) {
            result.complete(t);
          }
        });
    return result;
  }

  private static boolean hasErrno(Object result, Errno errno) {
    return result instanceof DriverfsException e && e.errno() == errno;
  }

  @Test
  void unload_inOrder_removesExitsAndReleases() throws Exception {
    load(new Stepped("a"));
    Receipt receipt = host.rmmod("a");
    assertThat(calls).containsExactly("probe", "remove", "exit", "port");
    assertThat(receipt.collection().state()).isEqualTo(Collected.NONE);
    assertThat(receipt.isClean()).isTrue();
  }

  @Test
  void veto_countsForATryAndForNobodyElse() throws Exception {
    load(new Stepped("a").veto("a firmware update is running"));
    assertThat(assertErrno(Errno.EBUSY, () -> host.rmmod("a")))
        .hasMessageContaining("does not want to go: a firmware update is running");
    modules.rmmod("a", new Way.Wait(Host.LONG));
  }

  @Test
  void try_callbackRuns_isEbusyNamingItAndNobodyFails() throws Exception {
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    load(
        new Stepped("a")
            .show(() -> {
              inside.countDown();
              goOn.await();
            }));
    CompletableFuture<Object> reader = async(() -> host.read("root/a0/value"));
    inside.await();
    assertThat(assertErrno(Errno.EBUSY, () -> host.rmmod("a")))
        .hasMessageContaining("show value of driver a for device a0, thread ")
        .hasMessageContaining("open file root/a0/value");
    goOn.countDown();
    assertThat(reader.get()).isEqualTo("1\n");
    host.rmmod("a");
  }

  @Test
  void revoke_callbackStays_isNamedAndTheReceiptFollows() throws Exception {
    var inside = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    load(
        new Stepped("a")
            .show(() -> {
              inside.countDown();
              goOn.await();
            }));
    CompletableFuture<Object> reader = async(() -> host.read("root/a0/value"));
    inside.await();
    assertThat(assertErrno(Errno.ETIMEDOUT, () -> modules.rmmod("a", new Way.Revoke(SHORT))))
        .hasMessageContaining("is going, and its receipt follows; waiting for those inside")
        .hasMessageContaining("show value of driver a for device a0");
    assertThat(host.read("module/a/initstate")).isEqualTo("going\n");
    assertThat(modules.list().getFirst().state()).isEqualTo("going");
    assertErrno(Errno.ENODEV, () -> host.read("root/a0/value"));
    assertThat(assertErrno(Errno.EBUSY, () -> host.rmmod("a"))).hasMessageContaining("going");
    assertThat(calls).containsExactly("probe");
    CompletableFuture<Object> second = async(() -> host.revoke("a"));
    goOn.countDown();
    assertThat(second.get())
        .matches(it -> it instanceof Receipt || hasErrno(it, Errno.ENOENT), "in time or too late");
    assertThat(reader.get()).isNotNull();
    await().until(() -> modules.list().isEmpty());
    assertThat(modules.receipts().all()).hasSize(1);
    assertThat(calls).containsExactly("probe", "remove", "exit", "port");
  }

  @Test
  void try_removeHangs_isGoingAndNamed() throws Exception {
    var goOn = new CountDownLatch(1);
    load(new Stepped("a").remove(goOn::await));
    CompletableFuture<Object> unload = async(() -> modules.rmmod("a", new Way.Revoke(SHORT)));
    assertThat(unload.get())
        .isInstanceOfSatisfying(
            DriverfsException.class,
            e ->
                assertThat(e)
                    .hasMessageContaining(
                        "removing its drivers: remove of driver a for device a0"));
    assertThat(host.read("module/a/initstate")).isEqualTo("going\n");
    goOn.countDown();
    await().until(() -> modules.receipts().all().size() == 1);
  }

  @Test
  void exit_throws_isOnTheReceiptAndTheRestIsReleased() throws Exception {
    load(
        new Stepped("a")
            .exit(() -> {
              throw new IllegalStateException("does not end");
            }));
    Receipt receipt = host.rmmod("a");
    assertThat(receipt.findings().left()).singleElement().asString().contains("does not end");
    assertThat(calls).containsExactly("probe", "remove", "port");
  }

  @Test
  void unload_fromItsOwnCallback_isEdeadlkAtOnce() throws Exception {
    var thrown = new AtomicReference<Object>();
    load(
        new Stepped("a")
            .show(() -> {
              for (Way way :
                  List.of(new Way.Try(), new Way.Wait(Host.LONG), new Way.Revoke(Host.LONG))) {
                thrown.set(assertErrno(Errno.EDEADLK, () -> modules.rmmod("a", way)));
              }
            }));
    assertThat(host.read("root/a0/value")).isEqualTo("1\n");
    assertThat(thrown.get()).asString().contains("from inside its own code");
    host.rmmod("a");
  }

  @Test
  void unload_twoThatWaitForEachOther_oneIsEdeadlkAtOnce() throws Exception {
    var both = new java.util.concurrent.CyclicBarrier(2);
    List<Object> results = new CopyOnWriteArrayList<>();
    for (String name : List.of("a", "b")) {
      String other = name.equals("a") ? "b" : "a";
      load(
          new Stepped(name)
              .show(() -> {
                both.await();
                try {
                  results.add(modules.rmmod(other, new Way.Wait(Host.LONG)));
                } catch (DriverfsException e) {
                  results.add(e.errno());
                }
              }));
    }
    CompletableFuture<Object> a = async(() -> host.read("root/a0/value"));
    CompletableFuture<Object> b = async(() -> host.read("root/b0/value"));
    a.get();
    b.get();
    assertThat(results).hasSize(2).contains(Errno.EDEADLK);
    assertThat(modules.receipts().all()).hasSize(1);
  }

  @Test
  void unload_twiceAtOnce_isOneReceipt() throws Exception {
    for (int i = 0; i < 50; i++) {
      load(new Stepped("a" + i));
      String name = "a" + i;
      CompletableFuture<Object> first = async(() -> host.revoke(name));
      CompletableFuture<Object> second = async(() -> host.revoke(name));
      List<Object> results = List.of(first.get(), second.get());
      assertThat(results).anyMatch(Receipt.class::isInstance);
      assertThat(results)
          .allMatch(it ->
              it instanceof Receipt
                  || (it instanceof DriverfsException e && e.errno() == Errno.ENOENT));
      assertThat(modules.receipts().all().getLast().subject().name()).isEqualTo(name);
      assertThat(modules.receipts().all().stream().map(it -> it.subject().name()))
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void load_sameNameTwiceAtOnce_isOnceEexist() throws Exception {
    for (int i = 0; i < 50; i++) {
      String name = "a" + i;
      CompletableFuture<Object> first =
          async(() -> {
            modules.load(name, "1", new Stepped(name));
            return "loaded";
          });
      CompletableFuture<Object> second =
          async(() -> {
            modules.load(name, "2", new Stepped(name));
            return "loaded";
          });
      List<Object> results = List.of(first.get(), second.get());
      assertThat(results).containsOnlyOnce("loaded");
      assertThat(results).anyMatch(it -> hasErrno(it, Errno.EEXIST));
      host.rmmod(name);
    }
  }

  @Test
  void try_manyTimesUnderReaders_makesNoReaderFail() throws Exception {
    load(new Stepped("a"));
    OpenFile held = host.open("root/a0/value");
    CompletableFuture<Object> reader =
        async(() -> {
          for (int i = 0; i < 20_000; i++) {
            assertThat(host.read("root/a0/value")).isEqualTo("1\n");
          }
          return "done";
        });
    int tries = 0;
    while (!reader.isDone()) {
      assertErrno(Errno.EBUSY, () -> host.rmmod("a"));
      tries++;
    }
    assertThat(reader.get()).isEqualTo("done");
    assertThat(tries).isPositive();
    host.tree.openFiles().close(held);
    host.rmmod("a");
  }

  @Test
  void driver_registeredInExit_isRefused() throws Exception {
    var refusal = new AtomicReference<DriverfsException>();
    var kept = new AtomicReference<ModuleContext>();
    modules.load(
        "a",
        "1",
        new DriverModule() {
          @Override
          public void init(ModuleContext context) {
            kept.set(context);
          }

          @Override
          public void exit() {
            Driver late =
                Driver.builder("late", host.bus, (_, _) -> {}).owner(kept.get().module()).build();
            refusal.set(assertErrno(Errno.ENODEV, () -> kept.get().register(late)));
          }
        });
    host.rmmod("a");
    assertThat(refusal.get()).isNotNull();
    assertThat(host.bus.findDriver("late")).isEmpty();
    assertThat(kept.get().module().state()).isEqualTo(Module.State.UNLOADED);
  }
}
