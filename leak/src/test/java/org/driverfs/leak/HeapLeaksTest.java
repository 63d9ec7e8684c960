package org.driverfs.leak;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.driverfs.loader.Modules;
import org.driverfs.loader.Receipt;
import org.driverfs.loader.Signers;
import org.driverfs.loader.Way;
import org.driverfs.model.Model;
import org.driverfs.model.spi.DriverModule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Modules that leave something where it is not collected: `leak` names who holds it.
@Timeout(120)
@SuppressWarnings("NullAway.Init") // set by JUnit
class HeapLeaksTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir private Path directory;

  private Path jar() throws Exception {
    Path jar = directory.resolve("messy.jar");
    try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
      put(
          out,
          "META-INF/driverfs/module.toml",
          "name = \"messy\"\nversion = \"1\"\n".getBytes(UTF_8));
      put(
          out,
          "META-INF/services/" + DriverModule.class.getName(),
          Messy.class.getName().getBytes(UTF_8));
      for (Class<?> each : List.of(Messy.class, Messy.mine())) {
        String path = each.getName().replace('.', '/') + ".class";
        var bytes = new ByteArrayOutputStream();
        try (var in = HeapLeaksTest.class.getClassLoader().getResourceAsStream(path)) {
          assertThat(in).isNotNull();
          in.transferTo(bytes);
        }
        put(out, path, bytes.toByteArray());
      }
    }
    return jar;
  }

  private static void put(JarOutputStream out, String path, byte[] content) throws Exception {
    out.putNextEntry(new JarEntry(path));
    out.write(content);
    out.closeEntry();
  }

  private List<String> leaksOfMessy(Map<String, Object> place) throws Exception {
    System.getProperties().put(Messy.PLACE, place);
    var options =
        new Modules.Options(List.of(), Signers.ANYBODY, LONG, Duration.ofSeconds(1), false, null);
    try (var modules = new Modules(new Model(), options)) {
      modules.insmod(jar(), Map.of());
      Receipt receipt = modules.rmmod("messy", new Way.Try());
      receipt = modules.receipts().awaitCollected(receipt, LONG);
      assertThat(receipt.isCollected()).as(receipt.text()).isEqualTo(place.isEmpty());
      return modules.leaks("messy");
    } finally {
      System.getProperties().remove(Messy.PLACE);
    }
  }

  @Test
  void leaks_objectInAStaticTable_namesTheFieldThatHoldsIt() throws Exception {
    Map<String, Object> place = new ConcurrentHashMap<>();
    place.put("there", "before");
    List<String> ways = leaksOfMessy(place);
    assertThat(ways).isNotEmpty();
    assertThat(ways.getFirst())
        .startsWith("static field java.lang.System.props: take out in exit()")
        .contains("ConcurrentHashMap")
        .contains("Messy$Mine");
  }

  @Test
  void leaks_threadLocalOfAHostThread_namesTheThread() throws Exception {
    var isSet = new CountDownLatch(1);
    try (ExecutorService hosts =
        Executors.newSingleThreadExecutor(task -> new Thread(task, "host-thread"))) {
      List<String> ways = leaksOfMessy(Map.of("executor", hosts));
      hosts.execute(isSet::countDown);
      isSet.await();
      assertThat(ways).isNotEmpty();
      assertThat(ways)
          .anyMatch(
              it -> it.startsWith("a ThreadLocal that was set in thread host-thread: remove() it"));
    }
  }

  @Test
  void leaks_nothingLeft_isEmpty() throws Exception {
    assertThat(leaksOfMessy(Map.of())).isEmpty();
  }
}
