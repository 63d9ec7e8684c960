package org.driverfs.app;

import java.io.PrintStream;
import java.time.Duration;
import java.util.stream.Collectors;
import org.driverfs.model.Event;
import org.driverfs.model.Events;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Shows events as they happen, until the client goes away.
@Command(name = "monitor", description = "Shows what happens, as it happens.")
final class MonitorVerb extends Verb {
  private static final Duration TURN = Duration.ofSeconds(1);

  @Option(names = "--json", description = "One JSON object a line.")
  private boolean json;

  @Option(
      names = "--since",
      paramLabel = "EVENT",
      description = "First what has happened after that event, as far as it is kept (65,536).")
  private @Nullable Long since;

  @Override
  public Integer call() throws InterruptedException {
    Events events = daemon().world().model().events();
    PrintStream out = session().out();
    long last = since == null ? events.sequence() : since;
    try (Events.Subscription subscription = events.subscribe(last)) {
      session().err().printf("driverfs: what happens after event %d%n", last);
      session().err().flush();
      while (!out.checkError()) {
        Event event = subscription.poll(TURN);
        tellLost(subscription.takeLost());
        if (event != null) {
          out.println(json ? toJson(event) : EventLine.of(event));
        }
      }
    }
    return DONE;
  }

  private void tellLost(long lost) {
    if (lost > 0) {
      session().err().printf("driverfs: %d events were lost: they came too fast%n", lost);
      session().err().flush();
    }
  }

  private static String toJson(Event event) {
    String properties =
        event.properties().entrySet().stream()
            .map(property -> Json.quote(property.getKey()) + ":" + Json.quote(property.getValue()))
            .sorted()
            .collect(Collectors.joining(",", "{", "}"));
    return "{\"sequence\":%d,\"action\":%s,\"path\":%s,\"subsystem\":%s,\"properties\":%s}"
        .formatted(
            event.sequence(),
            Json.quote(event.action().toString()),
            Json.quote(event.path()),
            Json.quote(event.subsystem()),
            properties);
  }
}
