package org.driverfs.model;

import java.util.Locale;

/// Which callback of a driver: its kind, and which attribute it is about.
///
/// Made once where it can be, so that a call through the [Gate] makes no text.
///
/// @param kind the callback
/// @param detail the name of the attribute; empty for a callback that is about none
public record Operation(Kind kind, String detail) {
  /// The callbacks that a driver can have; what is counted of each is in [CallCounter].
  public enum Kind {
    /// Takes a device.
    PROBE("probe"),
    /// Gives a device up.
    REMOVE("remove"),
    /// Says how well the driver would do for a device.
    BID("bid"),
    /// Says by which ids drivers know a device of a bus.
    IDS("ids"),
    /// Brings a module up.
    INIT("init"),
    /// Takes a module down.
    EXIT("exit"),
    /// Asks whether a module may be unloaded.
    VETO("veto"),
    /// Tells a module of another value of a parameter.
    PARAMETER("parameter"),
    /// Keeps what the next version of a driver needs to know of a device.
    SAVE("save"),
    /// Lets a device sleep.
    SUSPEND("suspend"),
    /// Wakes a device.
    RESUME("resume"),
    /// Prepares a device for the end of the machine.
    SHUTDOWN("shutdown"),
    /// A thread of the driver, or what it runs from time to time.
    TASK("task"),
    /// Closes what the driver has acquired for a device.
    RELEASE("release"),
    /// Lists the attributes of a device.
    LIST("list attributes"),
    /// Finds an attribute of a device.
    FIND("find attribute"),
    /// Gives the text of an attribute.
    SHOW("show"),
    /// Takes a text for an attribute.
    STORE("store"),
    /// Opens a raw attribute.
    OPEN("open"),
    /// Reads from an open raw attribute.
    READ("read"),
    /// Writes to an open raw attribute.
    WRITE("write"),
    /// Asks whether an open raw attribute has news.
    POLL("poll"),
    /// Closes an open raw attribute.
    CLOSE("close");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// A callback that is about no attribute.
  public Operation(Kind kind) {
    this(kind, "");
  }

  /// As messages call it, such as "probe" or "show mtu".
  @Override
  public String toString() {
    return detail.isEmpty() ? kind.words : kind.words + " " + detail;
  }
}
