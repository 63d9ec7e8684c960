package org.driverfs.loader;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.driverfs.loader.Host.assertErrno;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.loader.Receipt.Collected;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Jars, manifests and inits that are wrong: each is told what is wrong, and nothing is left.
@Timeout(60)
@SuppressWarnings("NullAway.Init") // set by JUnit
class BadInputTest {
  @RegisterExtension
  final Host host =
      new Host(
          new Modules.Options(
              List.of(),
              Signers.ANYBODY,
              Duration.ofSeconds(2),
              Duration.ofSeconds(10),
              false,
              null));

  private final Modules modules = host.modules;
  @TempDir private Path directory;

  private DriverfsException refused(Errno errno, Path file) {
    DriverfsException refusal = assertErrno(errno, () -> modules.insmod(file, Map.of()));
    assertThat(modules.list()).isEmpty();
    assertThat(host.model.findModule("bad")).isEmpty();
    return refusal;
  }

  private Path manifest(String toml) throws Exception {
    Path jar = directory.resolve("bad.jar");
    try (var out = new java.util.jar.JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new java.util.jar.JarEntry(Manifest.PATH));
      out.write(toml.getBytes(UTF_8));
    }
    return jar;
  }

  /// The module `bad`, with that init.
  private Path init(String body) {
    return ModuleSource.of("bad", "1")
        .main("public void init(ModuleContext context) throws Exception {" + body + "}")
        .pack(directory);
  }

  @Test
  void insmod_noJarTruncatedOrWithoutManifest_isEnoexec() throws Exception {
    Path text = Files.writeString(directory.resolve("text.jar"), "hello, this is no jar");
    assertThat(refused(Errno.ENOEXEC, text)).hasMessageContaining("is no jar");
    assertThat(refused(Errno.ENOEXEC, Path.of("/dev/zero"))).hasMessageContaining("is no file");
    byte[] whole = Files.readAllBytes(init(""));
    for (int length : List.of(whole.length - 1, whole.length - 30, whole.length / 2, 10, 3, 0)) {
      Path cut = Files.write(directory.resolve("cut.jar"), Arrays.copyOf(whole, length));
      refused(Errno.ENOEXEC, cut);
    }
    Path bare = directory.resolve("bare.jar");
    try (var out = new java.util.jar.JarOutputStream(Files.newOutputStream(bare))) {
      out.putNextEntry(new java.util.jar.JarEntry("readme"));
    }
    assertThat(refused(Errno.ENOEXEC, bare)).hasMessageContaining("it has no META-INF/driverfs");
    refused(Errno.ENOENT, directory.resolve("nowhere.jar"));
  }

  @Test
  void manifest_wrong_isToldWithLineAndColumn() throws Exception {
    assertThat(refused(Errno.EINVAL, manifest("name = \"bad\"\nversion = 1.0.0\n")))
        .hasMessageContaining("module.toml:2:");
    assertThat(refused(Errno.EINVAL, manifest("name = \"bad\"\n")))
        .hasMessageContaining("has no `version`");
    assertThat(refused(Errno.EINVAL, manifest("name = \"../x\"\nversion = \"1\"\n")))
        .hasMessageContaining("module.toml:1:1: `name` has 1 to 64 letters");
    assertThat(refused(Errno.EINVAL, manifest("nam = \"bad\"\nversion = \"1\"\n")))
        .hasMessageContaining("`nam` is no key");
    assertThat(
            refused(
                Errno.EINVAL,
                manifest(
                    """
                    name = "bad"
                    version = "1"
                    [[parameter]]
                    name = "x"
                    type = "integer"
                    default = "many"
                    """)))
        .hasMessageContaining("module.toml:6:1: `default` takes a whole number");
    assertThat(
            refused(
                Errno.EINVAL, manifest("name = \"bad\"\nversion = \"1\"\naliases = [\"usb\"]\n")))
        .hasMessageContaining("has the form <bus>:<id>");
  }

  @Test
  void insmod_withoutServiceOrForANewerJava_isEnoexec() throws Exception {
    assertThat(refused(Errno.ENOEXEC, manifest("name = \"bad\"\nversion = \"1\"\n")))
        .hasMessageContaining("has no service org.driverfs.model.spi.DriverModule");
    byte[] newer = new byte[16];
    newer[6] = 0;
    newer[7] = (byte) (Runtime.version().feature() + 45);
    Path jar =
        ModuleSource.of("bad", "1")
            .file("x/Newer.class", newer)
            .main("public void init(ModuleContext c) {}")
            .pack(directory);
    assertThat(refused(Errno.ENOEXEC, jar))
        .hasMessageContaining("x/Newer.class is for Java " + (Runtime.version().feature() + 1));
  }

  @Test
  void insmod_unknownDependency_isEnoent() {
    Path jar =
        ModuleSource.of("bad", "1")
            .manifest("depends = [\"other\"]")
            .main("public void init(ModuleContext c) {}")
            .pack(directory);
    assertThat(refused(Errno.ENOENT, jar))
        .hasMessageContaining("needs module other, which is not loaded");
  }

  @Test
  void init_throws_isToldAndNothingIsLeft() throws Exception {
    host.devices(1, "led");
    List<String> before = host.list("root/led0");
    DriverfsException refusal =
        refused(
            Errno.EIO,
            init(
                """
                context.register(Driver.builder("d", context.findBus("gpio").orElseThrow(),
                    (device, c) -> {}).owner(context.module()).ids("led").build());
                context.start("thread", () -> {
                  try { new CountDownLatch(1).await(); } catch (InterruptedException e) {}
                });
                throw new IllegalStateException("cannot start");
                """));
    assertThat(refusal).hasMessageContaining("init").hasMessageContaining("cannot start");
    assertThat(refusal.getCause()).as("an object of the module").isNull();
    assertThat(host.list("bus/gpio/drivers")).isEmpty();
    assertThat(host.list("root/led0")).isEqualTo(before);
    Receipt receipt = host.settled(modules.receipts().all().getLast());
    assertThat(receipt.course().way()).isEqualTo("failed init");
    assertThat(receipt.collection().state()).as(receipt.text()).isEqualTo(Collected.YES);
  }

  @Test
  void init_cannotBeLinked_isToldAndNothingIsLeft() throws Exception {
    Path jar =
        ModuleSource.of("bad", "1")
            .main("public void init(ModuleContext c) { new Gone(); }")
            .source("Gone", "public class Gone {}")
            .pack(directory);
    Path without = directory.resolve("without.jar");
    try (var in = new java.util.jar.JarInputStream(Files.newInputStream(jar));
        var out = new java.util.jar.JarOutputStream(Files.newOutputStream(without))) {
      for (var entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
        if (!entry.getName().endsWith("Gone.class")) {
          out.putNextEntry(new java.util.jar.JarEntry(entry.getName()));
          out.write(in.readAllBytes());
        }
      }
    }
    assertThat(refused(Errno.EIO, without)).hasMessageContaining("NoClassDefFoundError");
  }

  @Test
  void init_hangs_isToldAndInterrupted() throws Exception {
    Path jar = init("new CountDownLatch(1).await();");
    assertThat(assertErrno(Errno.ETIMEDOUT, () -> modules.insmod(jar, Map.of())))
        .hasMessageContaining("its init still runs after 2.0 s");
    await().until(() -> modules.list().isEmpty());
    Receipt receipt = host.settled(modules.receipts().all().getLast());
    assertThat(receipt.isClean()).as(receipt.text()).isTrue();
  }

  /// It is late, and does not come to life for somebody who has heard that it did not.
  @Test
  void init_hangsWhateverInterruptsIt_goesAsSoonAsItEnds() throws Exception {
    System.getProperties().remove("driverfs.test");
    try {
      Path jar =
          init(
              "while (System.getProperty(\"driverfs.test\") == null) {"
                  + " try { Thread.sleep(5); } catch (InterruptedException e) {} }");
      assertThat(assertErrno(Errno.ETIMEDOUT, () -> modules.insmod(jar, Map.of())))
          .hasMessageContaining("init of module bad");
      assertThat(host.read("module/bad/initstate")).isEqualTo("going\n");
      assertThat(host.read("module/bad/users")).contains("init of module bad");
      assertErrno(Errno.EEXIST, () -> modules.insmod(jar, Map.of()));
      assertErrno(
          Errno.ETIMEDOUT, () -> modules.rmmod("bad", new Way.Revoke(Duration.ofMillis(50))));
      System.setProperty("driverfs.test", "");
      await().until(() -> modules.list().isEmpty());
      Receipt receipt = host.settled(modules.receipts().all().getLast());
      assertThat(receipt.isClean()).as(receipt.text()).isTrue();
    } finally {
      System.setProperty("driverfs.test", "");
      await().until(() -> modules.list().isEmpty());
      System.getProperties().remove("driverfs.test");
    }
  }

  @Test
  void init_exitsTheJvm_isRefusedWithTheCulpritNamed() throws Exception {
    for (String exit :
        List.of(
            "System.exit(3);",
            "Runtime.getRuntime().exit(3);",
            "Runtime.getRuntime().halt(3);",
            "java.util.function.IntConsumer c = System::exit; c.accept(3);",
            "java.util.function.IntConsumer c = Runtime.getRuntime()::halt; c.accept(3);")) {
      assertThat(refused(Errno.EPERM, init(exit)))
          .as(exit)
          .hasMessageContaining("(3) by bad.Main is refused to a module");
    }
    assertThat(modules.receipts().all().getLast().findings().forced())
        .contains("refused: Runtime.halt(3) of bad.Main");
  }

  @Test
  void register_withoutOwner_isEinval() {
    assertThat(
            refused(
                Errno.EINVAL,
                init(
                    """
                    context.register(Driver.builder("d", context.findBus("gpio").orElseThrow(),
                        (device, c) -> {}).ids("led").build());
                    """)))
        .hasMessageContaining("has no owner; give it");
  }

  @Test
  void classes_ofTheHost_cannotBeSeen() {
    assertThat(refused(Errno.EIO, init("Class.forName(\"org.driverfs.loader.Modules\");")))
        .hasMessageContaining("which module bad@1#")
        .hasMessageContaining("cannot see");
  }
}
