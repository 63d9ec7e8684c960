package org.driverfs.loader;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Uninterruptibly;
import org.driverfs.loader.Loaded.Origin;
import org.driverfs.loader.Loading.Request;
import org.driverfs.loader.SearchPath.Found;
import org.driverfs.model.Model;
import org.driverfs.model.Module;
import org.driverfs.model.spi.DriverModule;
import org.jspecify.annotations.Nullable;

/// Loads driver modules, and unloads them at any moment: with a receipt, or within a deadline the
/// names of those who prevent it.
///
/// One module is loaded and unloaded by one thread at a time; different ones side by side.
/// Thread-safe; no lock is held while code of a module runs.
public final class Modules implements AutoCloseable {
  private static final Duration FAREWELL = Duration.ofSeconds(2);

  /// How often a farewell looks whether another module may go.
  private static final Duration AGAIN = Duration.ofMillis(10);

  /// How modules are loaded.
  ///
  /// @param directories where modules are looked for by name, the first first
  /// @param signers whose signature a jar must have
  /// @param init how long to wait for an init
  /// @param collection how long to look whether the classes of a module have gone
  /// @param isAutomatic whether a device without a driver asks for a module
  /// @param idle after which modules go that only a device had asked for; null for never
  public record Options(
      List<Path> directories,
      Signers signers,
      Duration init,
      Duration collection,
      boolean isAutomatic,
      @Nullable Duration idle) {
    /// No directories, anybody's jars, and modules only when they are asked for.
    public static final Options DEFAULT =
        new Options(
            List.of(),
            Signers.ANYBODY,
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            false,
            null);
  }

  private final Options options;
  private final Table table;
  private final SearchPath path;
  private final Receipts receipts;
  private final Unloading unloading;
  private final Loading loading;
  private final Upgrades upgrades;
  private final Replacement replacement;
  private final Automatic automatic;

  /// Loads modules for a model.
  public Modules(Model model, Options options) {
    this.options = options;
    this.table = new Table(model.host());
    this.path = new SearchPath(options.directories(), options.signers());
    this.receipts = new Receipts(model::forget);
    var collector = new Collector(receipts, options.collection());
    this.unloading = new Unloading(new Departure.Office(model, receipts, collector), table);
    this.loading = new Loading(model, table, unloading);
    this.upgrades = new Upgrades(model, table, loading, unloading, options.init());
    this.replacement = new Replacement(model, table, loading, unloading, options.init());
    this.automatic = new Automatic(model, this, options);
    automatic.start();
  }

  /// Loads a jar.
  ///
  /// @param given values of parameters
  /// @throws DriverfsException what [ModuleJar#read] says; EEXIST if a module of that name is
  ///   there; ENOENT if it needs one that is not; EINVAL for a parameter that is wrong; what its
  ///   init threw, or EIO: then nothing of it is left; ETIMEDOUT if its init takes longer: it was
  ///   interrupted, and goes as soon as that ends
  public void insmod(Path file, Map<String, String> given) throws InterruptedException {
    ModuleJar jar = ModuleJar.read(file, options.signers());
    load(jar, jar.manifest().name(), given, false);
  }

  /// Loads a jar beside another version of the same module: it is called `NAME@VERSION` here.
  ///
  /// @throws DriverfsException see [#insmod]
  public void insmodBeside(Path file, Map<String, String> given) throws InterruptedException {
    ModuleJar jar = ModuleJar.read(file, options.signers());
    requireOtherVersion(jar.manifest());
    load(jar, jar.manifest().identity(), given, false);
  }

  private void requireOtherVersion(Manifest manifest) {
    table
        .find(manifest.name())
        .filter(it -> it.module().version().equals(manifest.version()))
        .ifPresent(it -> {
          throw new DriverfsException(
              Errno.EEXIST, "module " + manifest.identity(), "is loaded in this version");
        });
  }

  private void load(ModuleJar jar, String label, Map<String, String> given, boolean isAutomatic)
      throws InterruptedException {
    var origin = new Origin(jar.file(), isAutomatic);
    loading.load(jar, new Request(jar.manifest(), label, given, origin, false), options.init());
  }

  /// Loads a module that is here already, from no jar: its classes stay when it is unloaded.
  ///
  /// @throws DriverfsException see [#insmod]
  public void load(String name, String version, DriverModule code) throws InterruptedException {
    var manifest =
        new Manifest(name, version, List.of("", "", ""), List.of(), List.of(), List.of());
    var request = new Request(manifest, name, Map.of(), new Origin(null, false), false);
    loading.load(request, _ -> code, options.init());
  }

  /// Loads a module by its name, with all that it needs, from the directories; does nothing if it
  /// is loaded.
  ///
  /// @param given values of parameters of that module
  /// @throws DriverfsException ENOENT if one is not found; ELOOP if one needs itself; what
  ///   [#insmod] says
  public void modprobe(String name, Map<String, String> given) throws InterruptedException {
    modprobe(name, given, false);
  }

  void modprobe(String name, Map<String, String> given, boolean isAutomatic)
      throws InterruptedException {
    Set<String> there = table.all().stream().map(Loaded::label).collect(Collectors.toSet());
    for (Found found : path.withNeeds(name, there)) {
      String label = found.manifest().name();
      try {
        ModuleJar jar = ModuleJar.read(found.file(), options.signers());
        load(jar, label, label.equals(name) ? given : Map.of(), isAutomatic);
      } catch (DriverfsException e) {
        if (e.errno() != Errno.EEXIST || table.awaitLive(label, options.init()) == null) {
          throw e;
        }
        // somebody else has loaded it meanwhile
      }
    }
  }

  /// Loads a jar in place of another version of the same module: its devices go to the new one, one
  /// after another, what is open stays open, and who reads meanwhile waits. Parameters keep their
  /// values. If the new version cannot have one of the devices, all go back to the old one.
  ///
  /// @param deadline how long to wait for those who are inside the old version, for each device
  /// @return the receipt of the old version
  /// @throws DriverfsException what [#insmod] says; ENOENT if no version is loaded; EEXIST if it is
  ///   this one; EOPNOTSUPP if it has buses, classes or devices of its own (see [#replace]); EBUSY,
  ///   naming them, if others need it or somebody stays inside; EINVAL if a driver is missing in
  ///   the new version; what a probe of the new version threw: then the old version is as before.
  ///   ETIMEDOUT if a callback hangs: it goes on when that ends
  public Receipt upgrade(Path file, Duration deadline) throws InterruptedException {
    ModuleJar jar = ModuleJar.read(file, options.signers());
    requireOtherVersion(jar.manifest());
    return upgrades.run(jar, deadline);
  }

  /// Unloads a module, which revokes what is open of it, and loads a jar with another version of
  /// it: for those that have buses, classes or devices of their own. Parameters keep their values,
  /// and drivers get what those of the version before have saved. If the jar cannot be loaded, or
  /// the new version refuses a device that the old one had, the old one is loaded again.
  ///
  /// @param deadline how long to wait for those who are inside the old version
  /// @return the receipt of the old version
  /// @throws DriverfsException ENOENT if no version is loaded; EEXIST if it is this one; EOPNOTSUPP
  ///   if it is from no jar; what saving threw, or [#rmmod] says, and then nothing has come in its
  ///   place; ENXIO if a device was refused, or what [#insmod] says: the old version is back, or
  ///   this says that it is not
  public Receipt replace(Path file, Duration deadline) throws InterruptedException {
    ModuleJar jar = ModuleJar.read(file, options.signers());
    requireOtherVersion(jar.manifest());
    return replacement.run(jar, deadline);
  }

  /// Unloads a module.
  ///
  /// @param label what it is called here
  /// @return what is certain now; [Receipts#awaitCollected] waits for the rest
  /// @throws DriverfsException ENOENT if it is not loaded; EBUSY, naming who uses or needs it, if
  ///   it stays; ETIMEDOUT, naming who is inside, if it goes when they leave; EDEADLK from its own
  ///   code
  public Receipt rmmod(String label, Way way) throws InterruptedException {
    return unloading.unload(table.require(label), way);
  }

  /// Unloads a module, and those that it has needed and that nobody needs or uses any more.
  ///
  /// @throws DriverfsException see [#rmmod]
  public Receipt rmmodWithNeeds(String label, Way way) throws InterruptedException {
    Loaded loaded = table.require(label);
    Receipt receipt = unloading.unload(loaded, way);
    for (Loaded provider : loaded.providers()) {
      try {
        rmmodWithNeeds(provider.label(), new Way.Try());
      } catch (DriverfsException _) {
        // somebody needs or uses it
      }
    }
    return receipt;
  }

  /// The modules that are there.
  public List<ModuleInfo> list() {
    return table.all().stream().map(Modules::info).toList();
  }

  /// A module that is there.
  public Optional<ModuleInfo> find(String label) {
    return table.find(label).map(Modules::info);
  }

  private static ModuleInfo info(Loaded loaded) {
    Module module = loaded.module();
    return info(
        loaded.manifest(),
        loaded.origin().file(),
        module.name(),
        module.state().name().toLowerCase(java.util.Locale.ROOT),
        module);
  }

  private static ModuleInfo info(
      Manifest manifest, @Nullable Path file, String label, String state, @Nullable Module module) {
    return new ModuleInfo(
        label,
        manifest.version(),
        state,
        module == null ? 0 : module.users(),
        module == null ? List.of() : module.holders().stream().map(Module::name).sorted().toList(),
        file,
        manifest.text(),
        manifest.depends(),
        manifest.aliases().stream().map(Alias::text).toList(),
        manifest.parameters().stream()
            .collect(
                Collectors.toMap(
                    Manifest.Parameter::name,
                    it -> it.kind() + " (" + it.first() + "): " + it.description())));
  }

  /// What the manifest of a jar says, or of a module in the directories.
  ///
  /// @throws DriverfsException ENOENT if there is none; what [ModuleJar#read] says
  public ModuleInfo look(String nameOrFile) {
    if (nameOrFile.endsWith(".jar")) {
      Path file = Path.of(nameOrFile);
      Manifest manifest = ModuleJar.read(file, options.signers()).manifest();
      return info(manifest, file, manifest.name(), "unloaded", null);
    }
    return find(nameOrFile)
        .or(() ->
            path.find(nameOrFile)
                .map(it -> info(it.manifest(), it.file(), nameOrFile, "unloaded", null)))
        .orElseThrow(() ->
            new DriverfsException(
                Errno.ENOENT,
                "module " + nameOrFile,
                "is not loaded, and in none of the directories " + options.directories()));
  }

  /// Says what keeps the classes of a module from going that was unloaded last under that name.
  ///
  /// @return for each way to them one text; empty if they have gone
  /// @throws DriverfsException ENOENT if there is no receipt of it; EOPNOTSUPP without a
  ///   [LeakFinder]; EIO if the heap cannot be read
  public List<String> leaks(String label) {
    Receipt receipt =
        receipts.all().reversed().stream()
            .filter(it -> it.subject().name().equals(label))
            .findFirst()
            .orElseThrow(() ->
                new DriverfsException(
                    Errno.ENOENT, "module " + label, "has no receipt: it was not unloaded lately"));
    if (receipt.isCollected()) {
      return List.of();
    }
    LeakFinder finder =
        ServiceLoader.load(LeakFinder.class, Modules.class.getClassLoader())
            .findFirst()
            .orElseThrow(() ->
                new DriverfsException(
                    Errno.EOPNOTSUPP, "leak", "there is no driverfs-leak on the class path"));
    try {
      return finder.find(receipt.subject().loader(), Path.of(System.getProperty("java.io.tmpdir")));
    } catch (IOException e) {
      throw new DriverfsException(Errno.EIO, "module " + label, "its heap: " + e, e);
    }
  }

  SearchPath path() {
    return path;
  }

  Table table() {
    return table;
  }

  /// The last receipts.
  public Receipts receipts() {
    return receipts;
  }

  /// Unloads all, whoever uses them, each as soon as no other needs it; who does not go in time is
  /// left to itself.
  @Override
  public void close() {
    automatic.close();
    long end = System.nanoTime() + FAREWELL.toNanos();
    List<Loaded> left = letGo();
    while (!left.isEmpty() && System.nanoTime() - end < 0) {
      Uninterruptibly.pause(() -> table.awaitChange(AGAIN));
      left = letGo();
    }
    for (Loaded each : left) {
      Automatic.LOG.log(
          Level.WARNING, each.module() + " is left to itself; " + unloading.obstacles(each));
    }
  }

  /// @return who is there still
  private List<Loaded> letGo() {
    List<Loaded> all = table.all().reversed();
    for (Loaded each : all) {
      if (each.departure() == null && each.module().holders().isEmpty()) {
        unloading.letGo(each, "the end of the host");
      }
    }
    return all;
  }
}
