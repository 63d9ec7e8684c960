package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.driverfs.model.World.assertErrno;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Caller;
import org.junit.jupiter.api.Test;

/// Attributes of something that is no device.
class AttributeTest {
  private static final class Nic {
    private int mtu = 1500;
    private final byte[] rom = "0123456789".getBytes(StandardCharsets.UTF_8);

    int mtu() {
      return mtu;
    }

    void setMtu(int newMtu) {
      mtu = newMtu;
    }
  }

  private final Nic nic = new Nic();

  private final RawAttribute<Nic> rom =
      Attribute.<Nic>bytes(
              "rom",
              10,
              (it, offset, into) -> into.put(it.rom, (int) offset, into.remaining()),
              (it, offset, from) -> from.get(it.rom, (int) offset, from.remaining()))
          .description("what is burnt in");

  @Test
  void typed_readWrite_parsesAndFormats() throws Exception {
    TextAttribute<Nic> mtu =
        Attribute.integer("mtu", 68, 9000)
            .unit("bytes")
            .description("the longest frame")
            .readWrite(Nic::mtu, Nic::setMtu);
    var store = Objects.requireNonNull(mtu.store());
    store.store(nic, "9000");
    assertErrno(Errno.ERANGE, () -> store.store(nic, "9001"));
    assertThat(nic.mtu).isEqualTo(9000);
    assertThat(Objects.requireNonNull(mtu.show()).show(nic)).isEqualTo("9000");
    assertThat(mtu.mode()).isEqualTo(0644);
    assertThat(mtu.schema().description()).isEqualTo("the longest frame");
    assertThat(mtu.schema().type().unit()).isEqualTo("bytes");
  }

  @Test
  void typed_otherEnds_haveTheirModes() {
    var draft = Attribute.integer("mtu", 68, 9000);
    assertThat(draft.<Nic>readOnly(Nic::mtu))
        .returns(0444, TextAttribute::mode)
        .returns(null, TextAttribute::store);
    assertThat(draft.<Nic>writeOnly(Nic::setMtu))
        .returns(0200, TextAttribute::mode)
        .returns(null, TextAttribute::show);
    assertThat(draft.<Nic>constant(Nic::mtu)).returns(true, TextAttribute::isConstant);
    assertThat(Attribute.<Nic>readOnly("any", _ -> "").schema().type().limits()).isEmpty();
  }

  @Test
  void bytes_anyOffset_isReadAndWrittenThere() throws Exception {
    AttributeChannel channel = open(true, true);
    assertThat(read(channel, 0, 100)).isEqualTo("0123456789");
    assertThat(read(channel, 7, 2)).isEqualTo("78");
    assertThat(write(channel, 3, "abc")).isEqualTo(3);
    assertThat(read(channel, 2, 5)).isEqualTo("2abc6");
  }

  @Test
  void bytes_atTheEnd_areNoneToReadAndNoRoom() throws Exception {
    AttributeChannel channel = open(true, true);
    assertThat(read(channel, 10, 5)).isEmpty();
    assertThat(read(channel, Long.MAX_VALUE, 5)).isEmpty();
    assertThat(write(channel, 8, "abcd")).as("as far as there is room").isEqualTo(2);
    assertErrno(Errno.EFBIG, () -> write(channel, 10, "x"));
    assertErrno(Errno.EFBIG, () -> write(channel, Long.MAX_VALUE, "x"));
    assertThat(read(channel, 6, 10)).isEqualTo("67ab");
  }

  @Test
  void bytes_readerOrWriterMissing_cannotBeOpenedForThat() {
    RawAttribute<Nic> sealed = Attribute.bytes("seal", 1, null, (_, _, _) -> {});
    assertThat(sealed.mode()).isEqualTo(0200);
    assertThat(rom.mode()).isEqualTo(0644);
    assertThat(rom.size()).isEqualTo(10);
    assertErrno(Errno.EACCES, () -> sealed.opener().open(nic, true, false, Caller.SELF));
    RawAttribute<Nic> burnt = Attribute.bytes("burnt", 1, (_, _, _) -> {}, null);
    assertErrno(Errno.EACCES, () -> burnt.opener().open(nic, true, true, Caller.SELF));
  }

  @Test
  void of_attributes_areFoundByName() {
    AttributeSet<Nic> all = AttributeSet.of(List.of(rom));
    assertThat(all.find(nic, "rom")).isSameAs(rom);
    assertThat(all.find(nic, "ram")).isNull();
  }

  @Test
  void visibleIf_perObject_isNeitherListedNorFound() {
    AttributeSet<Nic> all =
        AttributeSet.<Nic>of(List.of(rom, Attribute.<Nic>readOnly("name", _ -> "nic")))
            .visibleIf((it, attribute) -> it.mtu > 100 || !attribute.name().equals("rom"));
    var small = new Nic();
    small.mtu = 68;
    assertThat(all.isDynamic()).isTrue();
    assertThat(all.list(nic)).extracting(Attribute::name).containsExactly("rom", "name");
    assertThat(all.find(nic, "rom")).isSameAs(rom);
    assertThat(all.list(small)).extracting(Attribute::name).containsExactly("name");
    assertThat(all.find(small, "rom")).isNull();
    assertThat(all.find(small, "name")).isNotNull();
  }

  private AttributeChannel open(boolean reads, boolean writes) throws Exception {
    return rom.opener().open(nic, reads, writes, Caller.SELF);
  }

  private static String read(AttributeChannel channel, long offset, int length) throws Exception {
    byte[] into = new byte[length + 1];
    int count = channel.read(offset, MemorySegment.ofArray(into), 1, length);
    return new String(into, 1, count, StandardCharsets.UTF_8);
  }

  private static int write(AttributeChannel channel, long offset, String text) throws Exception {
    byte[] bytes = ("_" + text).getBytes(StandardCharsets.UTF_8);
    return channel.write(offset, MemorySegment.ofArray(bytes), 1, bytes.length - 1);
  }
}
