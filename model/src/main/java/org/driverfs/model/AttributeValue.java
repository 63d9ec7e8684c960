package org.driverfs.model;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Thrown;
import org.driverfs.lifetime.Caller;
import org.driverfs.model.Operation.Kind;
import org.jspecify.annotations.Nullable;

/// Reads an attribute of a device by name, as the model itself needs it: of its type, of its class,
/// or of its driver, which is pinned meanwhile.
final class AttributeValue {
  /// A page, as the kernel's attributes have.
  private static final int MOST_BYTES = 4096;

  private AttributeValue() {}

  /// @param path the name, with its groups before it and slashes between
  /// @return empty if there is no such attribute, or it cannot be read
  static Optional<String> read(Model model, Device device, String path) {
    for (Place place : places(device)) {
      Optional<Found> found =
          place.ask(
              model.gate(),
              device,
              new Operation(Kind.SHOW, path),
              attributes ->
                  Optional.ofNullable(find(attributes, device, path))
                      .map(it -> new Found(show(it, device))));
      if (found.isPresent()) {
        return found.get().value();
      }
    }
    Driver driver = device.driver().orElse(null);
    if (driver == null || !model.pin(device, driver)) {
      return Optional.empty();
    }
    try {
      return model
          .gate()
          .callPinned(
              driver,
              device,
              new Operation(Kind.SHOW, path),
              () -> readGiven(device, driver, path));
    } catch (DriverfsException _) {
      return Optional.empty(); // the gate has told the log
    } finally {
      model.unpin(device, driver);
    }
  }

  /// @param value empty if it cannot be read
  private record Found(Optional<String> value) {}

  /// Whether a device has an attribute whether or not it has a driver.
  static boolean isOwn(Gate gate, Device device, String path) {
    return places(device).stream()
        .anyMatch(place ->
            place
                .ask(
                    gate,
                    device,
                    new Operation(Kind.FIND, path),
                    attributes -> Optional.ofNullable(find(attributes, device, path)))
                .isPresent());
  }

  /// Where a device has attributes without a driver.
  ///
  /// @param owner whose code they are; null if built in
  private record Place(AttributeSet<? super Device> attributes, @Nullable Module owner) {
    <R> Optional<R> ask(
        Gate gate,
        Device device,
        Operation operation,
        Function<AttributeSet<? super Device>, Optional<R>> question) {
      if (owner == null) {
        return question.apply(attributes);
      }
      try {
        return gate.call(owner, device, operation, () -> question.apply(attributes));
      } catch (DriverfsException _) {
        return Optional.empty(); // the gate has told the log
      }
    }
  }

  private static List<Place> places(Device device) {
    List<Place> places = new ArrayList<>(2);
    places.add(new Place(device.type().attributes(), device.type().owner()));
    device
        .deviceClass()
        .ifPresent(it -> places.add(new Place(it.deviceAttributes(), it.owner().orElse(null))));
    return places;
  }

  private static Optional<String> readGiven(Device device, Driver driver, String path) {
    Attribute<Device> attribute = find(driver.deviceAttributes(), device, path);
    if (attribute == null) {
      attribute = find(AttributeSet.of(device.givenAttributes()), device, path);
    }
    return attribute == null ? Optional.empty() : show(attribute, device);
  }

  private static Optional<String> show(Attribute<Device> attribute, Device device) {
    try {
      return switch (attribute) {
        case TextAttribute<Device> it when it.show() != null -> Optional.of(it.show().show(device));
        case RawAttribute<Device> it -> Optional.of(show(it, device));
        default -> Optional.empty();
      };
    } catch (Exception e) {
      Gate.tell(
          System.Logger.Level.DEBUG, "show " + attribute.name() + " failed", Thrown.printable(e));
      return Optional.empty();
    }
  }

  /// The text that the bytes are, as far as it can be a value that somebody waits for.
  private static String show(RawAttribute<Device> attribute, Device device) throws Exception {
    AttributeChannel channel = attribute.opener().open(device, true, false, Caller.SELF);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(MOST_BYTES);
      int length = 0;
      for (int more = -1; more != 0 && length < MOST_BYTES; length += more) {
        more = channel.read(length, bytes, length, MOST_BYTES - length);
      }
      String text = new String(bytes.asSlice(0, length).toArray(JAVA_BYTE), UTF_8);
      return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    } finally {
      channel.close();
    }
  }

  @SuppressWarnings("unchecked") // attributes of any super type of a device serve a device
  private static @Nullable Attribute<Device> find(
      AttributeSet<? super Device> set, Device device, String path) {
    int slash = path.indexOf('/');
    String name = slash < 0 ? path : path.substring(0, slash);
    Attribute<Device> found = (Attribute<Device>) ((AttributeSet<Device>) set).find(device, name);
    if (slash < 0) {
      return found;
    }
    return found instanceof Attribute.Group<Device> group
        ? find(group.attributes(), device, path.substring(slash + 1))
        : null;
  }
}
