package org.driverfs.model;

import java.util.Optional;
import org.driverfs.errno.DriverfsException;
import org.driverfs.model.Operation.Kind;
import org.jspecify.annotations.Nullable;

/// Reads a text attribute of a device by name, as the model itself needs it: of its type, of its
/// class, or of its driver, which is pinned meanwhile.
final class AttributeValue {
  private AttributeValue() {}

  /// @param path the name, with its groups before it and slashes between
  /// @return empty if there is no such attribute, it is no text, or it cannot be read
  static Optional<String> read(Model model, Device device, String path) {
    TextAttribute<? super Device> own = find(device.type().attributes(), device, path);
    if (own == null && device.deviceClass().isPresent()) {
      own = find(device.deviceClass().get().deviceAttributes(), device, path);
    }
    if (own != null) {
      return show(own, device);
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

  private static Optional<String> readGiven(Device device, Driver driver, String path) {
    TextAttribute<? super Device> attribute = find(driver.deviceAttributes(), device, path);
    if (attribute == null) {
      attribute = find(AttributeSet.of(device.givenAttributes()), device, path);
    }
    return attribute == null ? Optional.empty() : show(attribute, device);
  }

  private static Optional<String> show(TextAttribute<? super Device> attribute, Device device) {
    TextAttribute.Show<? super Device> show = attribute.show();
    try {
      return show == null ? Optional.empty() : Optional.of(show.show(device));
    } catch (Exception e) {
      Gate.LOG.log(System.Logger.Level.DEBUG, "show " + attribute.name() + " failed", e);
      return Optional.empty();
    }
  }

  @SuppressWarnings("unchecked") // attributes of any super type of a device serve a device
  private static @Nullable TextAttribute<? super Device> find(
      AttributeSet<? super Device> set, Device device, String path) {
    int slash = path.indexOf('/');
    String name = slash < 0 ? path : path.substring(0, slash);
    Attribute<? super Device> found = ((AttributeSet<Device>) set).find(device, name);
    return switch ((Attribute<Device>) found) {
      case Attribute.Group<Device> group when slash >= 0 ->
          find(group.attributes(), device, path.substring(slash + 1));
      case TextAttribute<Device> text when slash < 0 -> text;
      case null, default -> null;
    };
  }
}
