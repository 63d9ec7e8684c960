package org.driverfs.buses.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.driverfs.posix.Descriptor;
import org.driverfs.posix.Message;
import org.driverfs.posix.Sockets;
import org.junit.jupiter.api.Test;

class UeventSocketTest {
  private static final int ROOMY = 32 << 20;
  private static final int LONG_ENOUGH = 16 << 10;

  @Test
  void receive_syntheticEvents_comeInOrderWithoutLoss() throws Exception {
    try (var network = new NetworkNamespace();
        UeventSocket socket = network.call(UeventSocket::open)) {
      for (int i = 0; i < 2000; i++) {
        provoke(i);
      }
      List<String> numbers =
          drain(socket, UeventSocketTest::isOurs).stream()
              .map(r -> ((Received.Event) r).uevent().properties().get("SYNTH_ARG_N"))
              .toList();
      assertThat(numbers).hasSize(2000).first().isEqualTo("0");
      assertThat(numbers).last().isEqualTo("1999");
      assertThat(numbers).isSortedAccordingTo((a, b) -> Integer.parseInt(a) - Integer.parseInt(b));
    }
  }

  @Test
  void receive_interfaceComesAndGoes_isToldInItsOwnNetworkAlone() {
    try (var network = new NetworkNamespace();
        UeventSocket inside = network.call(UeventSocket::open);
        UeventSocket outside = UeventSocket.open()) {
      network.ip("link add v0 type veth peer name v1");
      network.ip("link del v0");
      Predicate<Received> v0 =
          r -> r instanceof Received.Event(Uevent e) && e.path().endsWith("/v0");
      assertThat(drain(inside, v0))
          .extracting(r -> ((Received.Event) r).uevent().action())
          .containsExactly(Uevent.Action.ADD, Uevent.Action.REMOVE);
      assertThat(drain(outside, v0)).isEmpty();
    }
  }

  @Test
  void receive_moreEventsThanRoom_reportsThatSomeAreLost() throws Exception {
    try (var network = new NetworkNamespace();
        UeventSocket socket = network.call(() -> UeventSocket.open(4096, LONG_ENOUGH))) {
      for (int i = 0; i < 200; i++) {
        provoke(i);
      }
      assertThat(drain(socket, r -> r instanceof Received.Lost))
          .containsExactly(new Received.Lost("the kernel had no room left for our uevents"));
      provoke(200);
      assertThat(drain(socket, UeventSocketTest::isOurs)).hasSize(1);
    }
  }

  @Test
  void receive_truncatedMessage_reportsALoss() throws Exception {
    try (var network = new NetworkNamespace();
        UeventSocket socket = network.call(() -> UeventSocket.open(ROOMY, 20))) {
      provoke(0);
      assertThat(drain(socket, r -> true))
          .isNotEmpty()
          .containsOnly(new Received.Lost("a uevent is longer than 20 bytes"));
    }
  }

  @Test
  void receive_messageOfAProcess_isRejected() {
    try (var network = new NetworkNamespace();
        UeventSocket socket = network.call(UeventSocket::open);
        Descriptor forger =
            network.call(() -> Sockets.open(Sockets.AF_NETLINK, Sockets.SOCK_RAW, 15))) {
      byte[] forged = "remove@/devices/x\0DEVPATH=/devices/x\0SEQNUM=1\0".getBytes(UTF_8);
      var message = new Message(forged.length);
      message.content().copyFrom(MemorySegment.ofArray(forged));
      assertThat(message.sendToGroups(forger, forged.length, 1)).isEqualTo(forged.length);
      assertThat(drain(socket, r -> r instanceof Received.Rejected))
          .singleElement()
          .asString()
          .contains("not by the kernel");
    }
  }

  @Test
  void await_wakeFromAnotherThread_returns() throws Exception {
    try (UeventSocket socket = UeventSocket.open()) {
      Thread waker = Thread.ofPlatform().start(socket::wake);
      socket.await();
      waker.join();
    }
  }

  private static void provoke(int number) throws Exception {
    Files.writeString(
        Path.of("/sys/devices/virtual/mem/null/uevent"),
        "change 01234567-89ab-cdef-0123-456789abcdef N=" + number);
  }

  private static boolean isOurs(Received received) {
    return received instanceof Received.Event(Uevent uevent)
        && uevent.path().equals("/devices/virtual/mem/null")
        && uevent.properties().getOrDefault("SYNTH_UUID", "").startsWith("01234567");
  }

  private static List<Received> drain(UeventSocket socket, Predicate<Received> wanted) {
    var all = new ArrayList<Received>();
    for (Received next = socket.receive();
        !(next instanceof Received.Nothing);
        next = socket.receive()) {
      all.add(next);
    }
    return all.stream().filter(wanted).toList();
  }
}
