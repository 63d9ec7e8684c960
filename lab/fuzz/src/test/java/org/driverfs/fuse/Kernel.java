package org.driverfs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.driverfs.errno.Errno;

/// What the kernel demands of replies, and keeps of them (linux/fuse.h, fs/fuse/dev.c).
final class Kernel {
  private static final int HEADER = 16;

  /// Beyond this are numbers that only the kernel gives to itself.
  private static final int LEAST_ERROR = -511;

  private final Set<Long> nodes = new TreeSet<>();
  private final Set<Long> files = new TreeSet<>();
  private final Set<Long> directories = new TreeSet<>();

  /// Checks the replies to a request.
  void receive(byte[] request, List<ByteBuffer> replies) {
    var asked = new Asked(request);
    assertThat(replies).as("replies to %s", asked).hasSize(asked.wantsReply() ? 1 : 0);
    for (ByteBuffer reply : replies) {
      int error = reply.getInt(4);
      assertThat(reply.getInt(0)).as("length of the reply to %s", asked).isEqualTo(reply.limit());
      assertThat(reply.getLong(8)).as("whose reply, of %s", asked).isEqualTo(asked.unique());
      assertThat(error).as("error of %s", asked).isBetween(LEAST_ERROR, 0);
      assertThat(error).as("a crash in %s", asked).isNotEqualTo(-Errno.EIO.code());
      if (error != 0) {
        assertThat(reply.limit()).as("length of an error of %s", asked).isEqualTo(HEADER);
      } else {
        assertThat(asked.isWhole()).as("%s is whole", asked).isTrue();
        take(asked, reply.slice(HEADER, reply.limit() - HEADER).order(ByteOrder.nativeOrder()));
      }
    }
  }

  private void take(Asked asked, ByteBuffer body) {
    int least = asked.leastReply();
    int most = asked.mostReply();
    assertThat(body.limit()).as("size of the reply to %s", asked).isBetween(least, most);
    switch (asked.opcode()) {
      case Asked.LOOKUP -> nodes.add(body.getLong(0));
      case Asked.OPEN -> files.add(body.getLong(0));
      case Asked.OPENDIR -> directories.add(body.getLong(0));
      case Asked.READDIR -> takeEntries(body, 0);
      case Asked.READDIRPLUS -> takeEntries(body, 128);
      default -> {}
    }
  }

  private void takeEntries(ByteBuffer body, int before) {
    for (int at = 0; at < body.limit(); ) {
      if (before > 0 && body.getLong(at) != 0) {
        nodes.add(body.getLong(at));
      }
      int size = body.getInt(at + before + 16);
      byte[] name = new byte[size];
      body.get(at + before + 24, name);
      assertThat(new String(name, StandardCharsets.UTF_8)).isNotEmpty().doesNotContain("/", "\0");
      at += before + ((24 + size + 7) & ~7);
    }
  }

  /// What the kernel sends for all that it has, when it lets go of that.
  List<byte[]> farewells() {
    List<byte[]> all = new ArrayList<>();
    files.forEach(handle -> all.add(Asked.request(Asked.RELEASE, 1, handle, 24)));
    directories.forEach(handle -> all.add(Asked.request(Asked.RELEASEDIR, 1, handle, 24)));
    nodes.forEach(node -> all.add(Asked.request(Asked.FORGET, node, Long.MAX_VALUE, 8)));
    return all;
  }
}
