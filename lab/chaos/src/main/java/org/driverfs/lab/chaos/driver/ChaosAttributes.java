package org.driverfs.lab.chaos.driver;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.driverfs.model.Attribute;
import org.driverfs.model.AttributeChannel;
import org.driverfs.model.AttributeSet;
import org.driverfs.model.RawAttribute;

/// Attributes of each kind, in a set that is asked each time.
///
/// @param <T> whose attributes they are
final class ChaosAttributes<T> implements AttributeSet<T> {
  private final Deeds deeds;
  private final List<Attribute<T>> all;

  ChaosAttributes(Deeds deeds) {
    this.deeds = deeds;
    var inner = List.<Attribute<T>>of(Attribute.readOnly("inner", _ -> show()));
    this.all =
        List.of(
            Attribute.readWrite("text", _ -> show(), (_, _) -> deeds.in(Callback.STORE)),
            Attribute.constant("fixed", _ -> show()),
            new RawAttribute<T>("raw", 0644, (_, _, _, _) -> open()),
            new Attribute.LinkTo<T>("link", _ -> path()),
            new Attribute.Group<T>(
                "group", AttributeSet.<T>of(inner).visibleIf((_, _) -> isVisible())));
  }

  private String show() {
    return switch (deeds.in(Callback.SHOW)) {
      case NULL -> null;
      case WRONG -> "chaos\0".repeat(1 << 14);
      default -> Integer.toString(deeds.draw(Callback.SHOW, 3));
    };
  }

  private String path() {
    return switch (deeds.in(Callback.LINK)) {
      case NULL -> null;
      case WRONG -> "../".repeat(2_000) + "\0";
      default -> "../..";
    };
  }

  private boolean isVisible() {
    return deeds.in(Callback.VISIBLE) != Deed.NULL;
  }

  private AttributeChannel open() {
    return deeds.in(Callback.OPEN) == Deed.NULL ? null : new Channel(deeds);
  }

  @Override
  public List<? extends Attribute<? super T>> list(T object) {
    return switch (deeds.in(Callback.LIST)) {
      case NULL -> null;
      case WRONG -> List.of(all.getFirst(), all.getFirst(), new Attribute.LinkTo<>("a/b", _ -> ""));
      default -> all;
    };
  }

  @Override
  public Attribute<? super T> find(T object, String name) {
    Deed deed = deeds.in(Callback.FIND);
    return all.stream()
        .filter(it -> deed == Deed.WRONG || it.name().equals(name))
        .filter(_ -> deed != Deed.NULL)
        .findFirst()
        .orElse(null);
  }

  @Override
  public boolean isDynamic() {
    return deeds.in(Callback.IS_DYNAMIC) != Deed.WRONG;
  }

  private record Channel(Deeds deeds) implements AttributeChannel {
    @Override
    public int read(long offset, MemorySegment into, long at, int length) {
      return length(deeds.in(Callback.READ), length);
    }

    @Override
    public int write(long offset, MemorySegment from, long at, int length) {
      return length(deeds.in(Callback.WRITE), length);
    }

    private static int length(Deed deed, int length) {
      return switch (deed) {
        case NULL -> -1;
        case WRONG -> length + 1_000;
        default -> Math.min(length, 1);
      };
    }

    @Override
    public int poll(Runnable waker) {
      Deed deed = deeds.in(Callback.POLL);
      waker.run();
      return deed == Deed.WRONG ? -1 : 1;
    }

    @Override
    public void close() {
      deeds.in(Callback.CLOSE);
    }
  }
}
