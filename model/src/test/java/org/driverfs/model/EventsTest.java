package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import org.driverfs.model.Event.Action;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class EventsTest {
  private static final Duration LONG = Duration.ofHours(1);

  @RegisterExtension final World world = new World();
  private final Model model = world.model;
  private final Bus bus = world.bus("scsi");

  private static List<String> take(Events.Subscription events) throws InterruptedException {
    List<String> taken = new ArrayList<>();
    Event event;
    while ((event = events.poll(Duration.ZERO)) != null) {
      taken.add(event.action() + " " + event.path());
    }
    return taken;
  }

  @Test
  void life_ofADevice_isToldInOrder() throws Exception {
    Driver driver = world.driver(bus, "d", new Probes());
    model.register(driver);
    try (var events = model.events().subscribe()) {
      Device device = world.registered(bus, "a");
      model.changed(device, "size");
      model.move(device, null, "", "b");
      model.unregister(device);
      model.unregister(driver);
      assertThat(take(events))
          .containsExactly(
              "add a", "bind a", "change a", "move b", "unbind b", "remove b", "remove driver/d");
    }
  }

  /// The map may be of a class of a module, and change.
  @Test
  void publish_aMap_isCopied() throws Exception {
    Device device = world.registered(bus, "a");
    try (var events = model.events().subscribe()) {
      Map<String, String> properties = new HashMap<>(Map.of("KEY", "value"));
      model.publish(device, Action.CHANGE, properties);
      properties.clear();
      Event event = Objects.requireNonNull(events.poll(Duration.ZERO));
      assertThat(event.properties()).isEqualTo(Map.of("KEY", "value"));
    }
  }

  @Test
  void publish_numbers_growByOne() throws Exception {
    try (var events = model.events().subscribe()) {
      Device device = world.registered(bus, "a");
      model.publish(device, Action.ONLINE, Map.of("KEY", "value"));
      Event first = Objects.requireNonNull(events.poll(Duration.ZERO));
      Event second = Objects.requireNonNull(events.poll(Duration.ZERO));
      assertThat(second.sequence()).isEqualTo(first.sequence() + 1);
      assertThat(model.events().sequence()).isEqualTo(second.sequence());
      assertThat(second.properties()).containsEntry("KEY", "value");
    }
  }

  @Test
  void publish_subscriberBehind_isToldHowManyItLost() throws Exception {
    Device device = world.registered(bus, "a");
    try (var events = model.events().subscribe()) {
      long before = model.events().sequence();
      for (int i = 0; i < Events.KEPT + 3; i++) {
        model.publish(device, Action.CHANGE, Map.of());
      }
      Event first = Objects.requireNonNull(events.poll(Duration.ZERO));
      assertThat(first.sequence()).isEqualTo(before + 4);
      assertThat(events.takeLost()).isEqualTo(3);
      assertThat(events.takeLost()).isZero();
      assertThat(take(events)).hasSize(Events.KEPT - 1);
      assertThat(events.takeLost()).isZero();
    }
  }

  @Test
  void subscribe_since_hearsWhatHasHappenedFirst() throws Exception {
    Device device = world.registered(bus, "a");
    long known = model.events().sequence();
    model.changed(device, "size");
    try (var events = model.events().subscribe(known)) {
      model.changed(device, "name");
      assertThat(numbers(events)).containsExactly(known + 1, known + 2);
      assertThat(events.takeLost()).isZero();
    }
    try (var events = model.events().subscribe(known + 1_000)) { // of another life of this model
      assertThat(numbers(events)).isEmpty();
      assertThat(events.takeLost()).isZero();
    }
  }

  @Test
  void subscribe_sinceWhatIsNotKept_isToldHowManyItLost() throws Exception {
    Device device = world.registered(bus, "a");
    while (model.events().sequence() < Events.KEPT + 5) {
      model.publish(device, Action.CHANGE, Map.of());
    }
    try (var events = model.events().subscribe(2)) {
      assertThat(numbers(events)).hasSize(Events.KEPT).startsWith(6L).endsWith(Events.KEPT + 5L);
      assertThat(events.takeLost()).isEqualTo(3);
    }
  }

  /// Somebody subscribes while others publish: each event is heard once, in order.
  @Test
  void subscribe_whileOthersPublish_missesAndRepeatsNothing() throws Exception {
    Device device = world.registered(bus, "a");
    Thread publisher =
        Thread.ofPlatform()
            .start(() -> {
              for (int i = 0; i < 3_000; i++) {
                model.publish(device, Action.CHANGE, Map.of());
              }
            });
    while (publisher.isAlive()) {
      try (var events = model.events().subscribe(0)) {
        List<Long> heard = numbers(events);
        for (int i = 0; i < heard.size(); i++) {
          assertThat(heard.get(i)).isEqualTo(i + 1);
        }
        assertThat(events.takeLost()).isZero();
      }
    }
    publisher.join();
  }

  private static List<Long> numbers(Events.Subscription events) throws InterruptedException {
    List<Long> numbers = new ArrayList<>();
    Event event;
    while ((event = events.poll(Duration.ZERO)) != null) {
      numbers.add(event.sequence());
    }
    return numbers;
  }

  @Test
  void at_depth_marksWhatThatThreadPublishes() throws Exception {
    Device device = world.registered(bus, "a");
    try (var events = model.events().subscribe()) {
      Events.at(3, () -> model.changed(device, "size"));
      model.changed(device, "size");
      assertThat(Objects.requireNonNull(events.poll(Duration.ZERO)).depth()).isEqualTo(3);
      assertThat(Objects.requireNonNull(events.poll(Duration.ZERO)).depth()).isZero();
    }
  }

  @Test
  void close_whileSomebodyWaits_endsItsWait() throws Exception {
    var events = model.events().subscribe();
    Thread waiter = waitFor(events);
    events.close();
    waiter.join();
  }

  @Test
  void publish_whileSomebodyWaits_wakesIt() throws Exception {
    try (var events = model.events().subscribe()) {
      Thread waiter = waitFor(events);
      world.registered(bus, "a");
      waiter.join();
    }
  }

  @Test
  void poll_interrupted_throwsAndCanBeUsedAgain() throws Exception {
    try (var events = model.events().subscribe()) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> events.poll(LONG)).isInstanceOf(InterruptedException.class);
      world.registered(bus, "a");
      assertThat(take(events)).containsExactly("add a");
    }
  }

  private static Thread waitFor(Events.Subscription events) {
    var task = new FutureTask<>(() -> events.poll(LONG));
    Thread waiter = Thread.ofPlatform().start(task);
    await().until(() -> waiter.getState() == Thread.State.TIMED_WAITING);
    return waiter;
  }

  @Test
  void close_subscription_hearsNothingMore() throws Exception {
    var events = model.events().subscribe();
    events.close();
    world.registered(bus, "a");
    assertThat(events.poll(Duration.ZERO)).isNull();
  }
}
