package org.driverfs.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;

/// Which driver gets which device, and why: what can be seen and said of it.
public final class Matching {
  /// How long somebody who asks for a probe by hand waits for it.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Model model;
  private final Binder binder;
  private final Searches searches;
  private final Reasons reasons;

  Matching(Model model, Binder binder, Searches searches) {
    this.model = model;
    this.binder = binder;
    this.searches = searches;
    this.reasons = new Reasons(searches);
  }

  /// @throws DriverfsException see [Model#bind]
  void bind(Device device, Driver driver) {
    if (!Candidates.isMatch(device, driver)) {
      throw new DriverfsException(
          Errno.EINVAL, device.path(), "is nothing that " + driver + " drives; see its why");
    }
    switch (bindByHand(device, driver)) {
      case Binder.Bound _ -> {}
      case Binder.Taken _ ->
          throw new DriverfsException(
              Errno.EBUSY, device.path(), "has a driver already; unbind it first");
      case Binder.Lost _ ->
          throw new DriverfsException(Errno.ENODEV, device.path(), "went while it was probed");
      case Binder.Unsupplied it ->
          throw new DriverfsException(
              Errno.EAGAIN, device.path(), "waits for supplier " + it.supplier().path());
      case Binder.Deferred it ->
          throw new DriverfsException(
              Errno.EAGAIN, device.path(), driver + " waits for " + it.awaited());
    }
  }

  /// In a thread of the driver's, since nobody knows how long it takes; but in this one if it is
  /// inside a callback, which the driver may have to wait for.
  private Binder.Outcome bindByHand(Device device, Driver driver) {
    if (binder.gate().isInside()) {
      return bindInTurn(device, driver);
    }
    try {
      return binder.gate().workqueue().call(driver, PATIENCE, () -> bindInTurn(device, driver));
    } catch (TimeoutException _) {
      throw new DriverfsException(
          Errno.ETIMEDOUT,
          device.path(),
          "is still being probed, which goes on: "
              + model.gate().inside(call -> call.object() == device || call.code() == driver));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new DriverfsException(
          Errno.EINTR, device.path(), "is being probed, which goes on; nobody waits for it");
    }
  }

  private Binder.Outcome bindInTurn(Device device, Driver driver) {
    if (!searches.enter()) {
      throw new DriverfsException(
          Errno.EBUSY,
          device.path(),
          "cannot be bound while the system is " + model.power().state());
    }
    try {
      List<Binder.Outcome> outcome = new ArrayList<>(1);
      if (!driver.ifPinned(() -> outcome.add(binder.bind(device, driver, null)))) {
        throw new DriverfsException(Errno.ENODEV, driver.toString(), "its module is going");
      }
      return outcome.getFirst();
    } finally {
      searches.leave();
    }
  }

  /// Looks for a driver for a device, also among those that have refused it and where its bus does
  /// not probe by itself, and waits for the outcome.
  ///
  /// @param deadline how long to wait
  /// @throws DriverfsException ENODEV if it has no driver then, saying why; EBUSY if a probe takes
  ///   longer: it goes on; EDEADLK from inside a callback for the device
  public void probe(Device device, Duration deadline) throws InterruptedException {
    binder.requireOutside(device);
    if (device.bus().isEmpty() || !device.isRegistered()) {
      throw Registry.notRegistered(device);
    }
    if (!searches.force(device, deadline)) {
      throw new DriverfsException(
          Errno.EBUSY,
          device.path(),
          "is still being probed: " + model.gate().inside(call -> call.object() == device));
    }
    if (device.driver().isEmpty()) {
      throw new DriverfsException(
          Errno.ENODEV, device.path(), "has no driver: " + String.join("; ", why(device)));
    }
  }

  /// What drivers have said that refused a device; none is asked.
  public List<String> refusals(Device device) {
    Search search = device.findSearch();
    return search == null ? List.of() : search.refusals();
  }

  /// Waits until none of some devices is looked at, or has to be.
  ///
  /// @return false if that takes longer
  public boolean awaitLooks(Collection<Device> devices, Duration deadline)
      throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    for (Device device : devices) {
      Search search = device.findSearch();
      if (search != null && !search.awaitEnd(Duration.ofNanos(end - System.nanoTime()))) {
        return false;
      }
    }
    return true;
  }

  /// Lets only one driver have a device, whatever ids it knows, or any. A driver that the device
  /// has stays until it is unbound.
  ///
  /// @param driver the name of a driver, which may come later; empty for any
  /// @throws DriverfsException ENODEV if the device is not registered, or is on no bus
  public void override(Device device, String driver) {
    if (device.bus().isEmpty() || !device.isRegistered()) {
      throw Registry.notRegistered(device);
    }
    model.offers().override(device, driver.isEmpty() ? null : driver);
  }

  /// The only driver that may have a device; empty for any.
  public Optional<String> findOverride(Device device) {
    return Optional.ofNullable(Candidates.override(device));
  }

  /// Sets whether a driver that suits a device better than the one that it has takes over, or is
  /// only told of (an event of the device with `BETTER_DRIVER`), as it is at first.
  public void takeBetter(Device device, boolean takes) {
    device.search().takesBetter(takes);
    searches.request(device);
  }

  /// What [#takeBetter] has set.
  public boolean takesBetter(Device device) {
    Search search = device.findSearch();
    return search != null && search.takesBetter();
  }

  /// Why a device has the driver that it has, or none: a line for each driver of its bus. Asks
  /// drivers for their bids.
  public List<String> why(Device device) {
    return reasons.of(device);
  }
}
