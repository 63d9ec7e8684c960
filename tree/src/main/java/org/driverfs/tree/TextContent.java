package org.driverfs.tree;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.jspecify.annotations.Nullable;

/// The text of one open file, as its last show gave it.
///
/// A show begins with each read from offset 0, so that a client that goes on reading sees one text
/// from beginning to end, and one that wants news seeks to the beginning: the rule of sysfs.
final class TextContent<T> implements Content {
  /// Up to here a text of ASCII is kept as it is, and copied without making an array of it.
  private static final int SHORT = 512;

  private final String path;
  private final FileEntry<? super T> entry;
  private final T object;

  /// A String of ASCII, or the bytes; null before the first show.
  private volatile @Nullable Object snapshot;

  /// Whether the value changed after the last show began; at first it is news, as on sysfs.
  private volatile boolean news = true;

  private volatile @Nullable Runnable waker;

  /// @param text what was shown before, as [#text] gave it
  TextContent(String path, FileEntry<? super T> entry, T object, @Nullable Object text) {
    this.path = path;
    this.entry = entry;
    this.object = object;
    this.snapshot = text;
  }

  /// What reads see that do not begin at 0.
  @Nullable Object text() {
    return snapshot;
  }

  @Override
  public int read(long offset, MemorySegment into, long at, int length) throws Exception {
    Object text = snapshot;
    if (offset == 0 || text == null) {
      news = false;
      text = kept(Objects.requireNonNull(entry.show()).show(object));
      snapshot = text;
    }
    return text instanceof String ascii
        ? copy(ascii, offset, into, at, length)
        : copy((byte[]) text, offset, into, at, length);
  }

  @Override
  public int write(long offset, MemorySegment from, long at, int length) throws Exception {
    if (length > OpenFile.MAX_STORE) {
      throw new DriverfsException(
          Errno.EFBIG,
          path,
          "takes at most " + OpenFile.MAX_STORE + " bytes in one write, this one has " + length);
    }
    Objects.requireNonNull(entry.store()).store(object, decoded(from, at, length));
    return length;
  }

  @Override
  public int poll(Runnable newWaker) {
    waker = newWaker;
    return Poll.IN | Poll.OUT | (news ? Poll.PRI | Poll.ERR : 0);
  }

  @Override
  public void close() {}

  void changed() {
    news = true;
    Runnable wake = waker;
    if (wake != null) {
      wake.run();
    }
  }

  private Object kept(@Nullable String text) {
    if (text == null) {
      throw new DriverfsException(Errno.EIO, path, "its show returned null instead of a text");
    }
    if (text.length() <= SHORT && isAscii(text)) {
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > OpenFile.MAX_SHOW) {
      throw new DriverfsException(
          Errno.EFBIG,
          path,
          "its show returned " + bytes.length + " bytes; the limit is " + OpenFile.MAX_SHOW);
    }
    return bytes;
  }

  private String decoded(MemorySegment from, long at, int length) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(from, ValueLayout.JAVA_BYTE, at, bytes, 0, length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(java.nio.ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new DriverfsException(Errno.EINVAL, path, "takes text in UTF-8, this is not", e);
    }
  }

  private static int copy(String text, long offset, MemorySegment into, long at, int length) {
    int size = text.length();
    if (offset == 0 && size < length) {
      into.setString(at, text, StandardCharsets.US_ASCII); // with a NUL behind it, which fits
      return size;
    }
    return copy(text.getBytes(StandardCharsets.US_ASCII), offset, into, at, length);
  }

  private static int copy(byte[] text, long offset, MemorySegment into, long at, int length) {
    int size = (int) Math.max(0, Math.min(text.length - offset, length));
    if (size > 0) {
      MemorySegment.copy(text, (int) offset, into, ValueLayout.JAVA_BYTE, at, size);
    }
    return size;
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }
}
