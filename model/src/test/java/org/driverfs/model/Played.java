package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;

/// A [Plan], played on a model; its drivers notice what must not happen.
final class Played implements AutoCloseable {
  private static final Duration LONG = Duration.ofSeconds(60);

  private record Link(Device consumer, Device supplier) {}

  final Model model = new Model();
  private final Plan plan;
  private final Bus bus = new Bus("bus");
  private final Module module = new Module("module", "1");
  private final AtomicReferenceArray<Device> devices = new AtomicReferenceArray<>(Plan.DEVICES);
  private final AtomicReferenceArray<Driver> drivers = new AtomicReferenceArray<>(Plan.DRIVERS);

  /// What has a driver, as the drivers know it.
  private final Map<Device, Driver> has = new ConcurrentHashMap<>();

  /// How many let a device pass to another driver: its consumers keep theirs meanwhile.
  private final Map<Device, Integer> passing = new ConcurrentHashMap<>();

  /// The links that are certain to be there.
  private final Set<Link> links = ConcurrentHashMap.newKeySet();

  final Set<String> wrongs = ConcurrentHashMap.newKeySet();

  Played(Plan plan) {
    this.plan = plan;
    model.register(bus);
    model.register(module);
    for (int d = 0; d < Plan.DEVICES; d++) {
      devices.set(d, device(d));
    }
    for (int r = 0; r < Plan.DRIVERS; r++) {
      drivers.set(r, driver(r));
    }
  }

  private Device device(int d) {
    var type = new DeviceType("type", plan.ids.get(d), AttributeSet.none(), _ -> {});
    Device parent = plan.parent[d] < 0 ? null : devices.get(plan.parent[d]);
    Device device = Device.builder("d" + d).parent(parent).bus(bus).type(type).build();
    if (plan.takesBetter[d]) {
      model.matching().takeBetter(device, true);
    }
    return device;
  }

  private Driver driver(int r) {
    var builder =
        Driver.builder(
                "r" + r,
                bus,
                new Driver.Callbacks() {
                  @Override
                  public void probe(Device device, Context context) throws Exception {
                    Played.this.probe(r, device);
                  }

                  @Override
                  public void remove(Device device) {
                    Played.this.remove(device);
                  }
                })
            .owner(module);
    for (int i = 0; i < plan.score[r].length; i++) {
      if (plan.score[r][i] > 0) {
        builder.id(Integer.toString(i), plan.score[r][i]);
      }
    }
    return builder.build();
  }

  private void probe(int r, Device device) throws Exception {
    int outcome = plan.outcome[r][number(device)];
    if (outcome == Plan.REFUSES) {
      throw new DriverfsException(Errno.ENXIO, device.path(), "is refused");
    }
    if (outcome >= 0 && bus.findDevice("d" + outcome).filter(Device::isRegistered).isEmpty()) {
      throw new Deferral(Awaited.device("bus", "d" + outcome));
    }
    expect(has.put(device, drivers.get(r)) == null, "probed twice");
    for (Link link : links) {
      if (link.consumer() == device) {
        expect(
            !isBroken(link, !has.containsKey(link.supplier())), "probed before its supplier was");
      }
    }
  }

  private void remove(Device device) {
    expect(has.containsKey(device), "removed without a probe");
    for (Link link : links) {
      if (link.supplier() == device && !passing.containsKey(device)) {
        expect(
            !isBroken(link, has.containsKey(link.consumer())), "removed before its consumer was");
      }
    }
    has.remove(device);
  }

  private static int number(Device device) {
    return device.name().charAt(1) - '0';
  }

  private void expect(boolean isRight, String wrong) {
    if (!isRight) {
      wrongs.add(wrong);
    }
  }

  /// @return what a step fails with; null if it succeeds
  @Nullable Errno apply(Plan.Step step) {
    Device device = devices.get(step.device());
    int o = step.other();
    try {
      switch (step.action()) {
        case REGISTER -> register(step.device());
        case UNREGISTER -> unregister(device);
        case LOAD -> load(o);
        case UNLOAD -> model.unregister(drivers.get(o));
        case BIND -> model.bind(device, drivers.get(o));
        case UNBIND -> model.unbind(device, LONG);
        case PASS -> pass(device, o);
        case LINK -> link(new Link(device, devices.get(o)));
        case UNLINK -> unlink(new Link(device, devices.get(o)));
        case SUSPEND -> model.power().suspend(LONG);
        case RESUME -> model.power().resume();
      }
      return null;
    } catch (DriverfsException e) {
      return e.errno();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// What was unregistered cannot be registered again, nor what is below it: a new one takes its
  /// place.
  private void register(int d) {
    Device old = devices.get(d);
    Device parent = plan.parent[d] < 0 ? null : devices.get(plan.parent[d]);
    if (old.isRetired() || old.parent().orElse(null) != parent) {
      devices.compareAndSet(d, old, device(d));
    }
    model.register(devices.get(d));
  }

  private void unregister(Device device) {
    links.removeIf(link -> link.consumer() == device || link.supplier() == device);
    model.unregister(device);
  }

  private void load(int r) {
    Driver old = drivers.get(r);
    if (old.isRetired()) {
      drivers.compareAndSet(r, old, driver(r));
    }
    model.register(drivers.get(r));
  }

  private void pass(Device device, int r) throws InterruptedException {
    if (plan.rank(r, number(device)) < 0) {
      throw new DriverfsException(Errno.EINVAL, device.path(), "is unknown to the driver");
    }
    passing.merge(device, 1, Integer::sum);
    try {
      model.handOver(device, drivers.get(r), LONG);
    } finally {
      passing.computeIfPresent(device, (_, count) -> count == 1 ? null : count - 1);
    }
  }

  private void link(Link link) {
    synchronized (links) {
      model.link(link.consumer(), link.supplier());
      links.add(link);
    }
  }

  private void unlink(Link link) {
    synchronized (links) {
      links.remove(link);
      model.unlink(link.consumer(), link.supplier());
    }
  }

  /// Whether a link that is certain to be there is broken, if it is there still.
  private boolean isBroken(Link link, boolean suspected) {
    return suspected
        && link.consumer().suppliers().contains(link.supplier())
        && links.contains(link);
  }

  void settle() {
    try {
      model.settle(LONG);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  String bound(int d) {
    return devices.get(d).driver().map(Driver::name).orElse("none");
  }

  String waiting(int d) {
    Search search = devices.get(d).findSearch();
    Search.Wait wait = search == null ? null : search.waits();
    return wait == null ? "none" : wait.name();
  }

  /// Unregisters everything, and finds all counts at 0.
  @Override
  public void close() {
    if (model.power().state().equals("suspended")) {
      model.power().resume();
    }
    settle();
    for (int d = Plan.DEVICES - 1; d >= 0; d--) {
      if (devices.get(d).isRegistered()) {
        unregister(devices.get(d));
      }
    }
    for (int r = 0; r < Plan.DRIVERS; r++) {
      if (drivers.get(r).isRegistered()) {
        model.unregister(drivers.get(r));
      }
    }
    settle();
    for (int r = 0; r < Plan.DRIVERS; r++) {
      assertThat(drivers.get(r).references()).isZero();
      assertThat(drivers.get(r).bindings).isEmpty();
    }
    for (int d = 0; d < Plan.DEVICES; d++) {
      Activity activity = devices.get(d).findActivity();
      assertThat(activity == null ? 0 : activity.users()).isZero();
      assertThat(devices.get(d).references()).isZero();
    }
    assertThat(has).isEmpty();
    assertThat(wrongs).isEmpty();
    assertThat(model.gate().inside()).isEmpty();
    assertThat(module.useCount().users()).isZero();
    assertThat(bus.devicesById.isEmpty()).as("devices by id").isTrue();
    assertThat(bus.driversById.isEmpty()).as("drivers by id").isTrue();
    assertThat(model.searches().waiters().isEmpty()).isTrue();
    model.unregister(module);
    model.unregister(bus);
  }
}
