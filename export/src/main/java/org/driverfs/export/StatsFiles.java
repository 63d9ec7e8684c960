package org.driverfs.export;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.CallCounter;
import org.driverfs.model.Driver;
import org.driverfs.model.Model;
import org.driverfs.model.Operation.Kind;

/// `stats/` of a driver: for each callback how often and how long it has run, and who is inside
/// now. It is the model's knowledge: reading it neither enters nor pins the driver's module.
final class StatsFiles {
  private final Model model;

  StatsFiles(Model model) {
    this.model = model;
  }

  AttributeSet<Driver> attributes() {
    List<Attribute<Driver>> stats =
        new ArrayList<>(Arrays.stream(Kind.values()).map(StatsFiles::group).toList());
    stats.add(Attribute.readOnly("inside", this::inside));
    return AttributeSet.of(List.of(new Attribute.Group<>("stats", AttributeSet.of(stats))));
  }

  private static Attribute<Driver> group(Kind kind) {
    return new Attribute.Group<>(
        kind.toString(),
        AttributeSet.of(
            List.of(
                file("calls", kind, CallCounter::calls),
                file("errors", kind, CallCounter::errors),
                file("total_ns", kind, CallCounter::totalNanos),
                file("longest_ns", kind, CallCounter::longestNanos))));
  }

  private static Attribute<Driver> file(
      String name, Kind kind, ToLongFunction<CallCounter> figure) {
    return Attribute.readOnly(
        name, driver -> Long.toString(figure.applyAsLong(driver.counter(kind))));
  }

  private String inside(Driver driver) {
    return model.gate().inside().stream()
        .filter(call -> call.code() == driver)
        .map(Object::toString)
        .collect(Collectors.joining("\n"));
  }
}
