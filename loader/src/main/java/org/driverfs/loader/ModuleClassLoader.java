package org.driverfs.loader;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.security.SecureClassLoader;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.loader.trap.Warden;
import org.driverfs.model.Model;
import org.jspecify.annotations.Nullable;

/// The classes of one loading of a module. They see the JDK, the model and what driver authors plug
/// in there, themselves, and the modules that they need; nothing else of the host.
///
/// Its name is the identity of the module and the number of its loading, so that stack traces and
/// heap dumps tell whose a class is.
final class ModuleClassLoader extends SecureClassLoader implements Warden {
  static {
    registerAsParallelCapable();
  }

  /// The packages of the host that modules see.
  private static final Set<String> SHARED =
      Set.of(
          "org.driverfs.errno",
          "org.driverfs.lifetime",
          "org.driverfs.loader.trap",
          "org.driverfs.model",
          "org.driverfs.model.spi",
          "org.jspecify.annotations");

  /// How many modules were loaded in this JVM: no two loadings have one name.
  private static final AtomicLong LOADINGS = new AtomicLong();

  private static final ClassLoader HOST = Model.class.getClassLoader();
  private static final ClassLoader JDK = ClassLoader.getPlatformClassLoader();

  private final List<ModuleClassLoader> providers;
  private final Rewriter rewriter = new Rewriter(this::classBytes);

  /// By identity: hashCode is the module's own code.
  private final Set<Thread> hooks =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

  private volatile boolean hooksAreTaken;
  private final List<String> refused = new CopyOnWriteArrayList<>();
  private final ProtectionDomain domain;
  private volatile Map<String, byte[]> entries;

  /// @param identity the module's
  /// @param providers those of the modules that it needs
  ModuleClassLoader(String identity, ModuleJar jar, List<ModuleClassLoader> providers) {
    super(identity + "#" + LOADINGS.incrementAndGet(), JDK);
    this.entries = jar.entries();
    this.providers = List.copyOf(providers);
    try {
      var source = new CodeSource(jar.file().toUri().toURL(), (Certificate[]) null);
      this.domain = new ProtectionDomain(source, null, this, null);
    } catch (IOException e) {
      throw new IllegalArgumentException(jar.file() + " has no URL", e);
    }
  }

  /// What is in its jar; nothing after [#close].
  Map<String, byte[]> entries() {
    return entries;
  }

  /// Gives no classes from now on.
  void close() {
    entries = Map.of();
  }

  /// What was refused to the module, in words.
  List<String> refused() {
    return refused;
  }

  /// The shutdown hooks that it has added and not removed; they are not its own any more, and it
  /// adds none from now on.
  List<Thread> takeHooks() {
    hooksAreTaken = true;
    List<Thread> all = List.copyOf(hooks);
    hooks.clear();
    return all;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      Class<?> found = findLoadedClass(name);
      if (found == null) {
        found = isShared(name) ? HOST.loadClass(name) : findOwnOrForeign(name);
      }
      return found;
    }
  }

  private Class<?> findOwnOrForeign(String name) throws ClassNotFoundException {
    try {
      return JDK.loadClass(name);
    } catch (ClassNotFoundException _) {
      // It is no class of the JDK.
    }
    if (entries.containsKey(path(name))) {
      return findClass(name);
    }
    for (ModuleClassLoader provider : providers) {
      try {
        return provider.loadClass(name);
      } catch (ClassNotFoundException _) {
        // The next one may have it.
      }
    }
    throw new ClassNotFoundException(name + ", which module " + getName() + " cannot see");
  }

  private static boolean isShared(String name) {
    return SHARED.contains(name.substring(0, Math.max(0, name.lastIndexOf('.'))));
  }

  private static String path(String name) {
    return name.replace('.', '/') + ".class";
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] bytes = entries.get(path(name));
    if (bytes == null) {
      throw new ClassNotFoundException(name + ", of module " + getName());
    }
    return define(name, rewriter.rewrite(bytes));
  }

  /// Defines a class of the host's as one of the module's, so that the JDK takes it for that.
  Class<?> define(String name, byte[] bytes) {
    return defineClass(name, bytes, 0, bytes.length, domain);
  }

  private @Nullable InputStream classBytes(String path) {
    byte[] own = entries.get(path);
    if (own != null) {
      return new ByteArrayInputStream(own);
    }
    String name = path.substring(0, path.length() - ".class".length()).replace('/', '.');
    return isShared(name) ? HOST.getResourceAsStream(path) : getResourceAsStream(path);
  }

  @Override
  protected @Nullable URL findResource(String path) {
    byte[] bytes = entries.get(path);
    return bytes == null ? null : url(path, bytes);
  }

  @Override
  protected Enumeration<URL> findResources(String path) {
    List<URL> all = new ArrayList<>();
    URL own = findResource(path);
    if (own != null) {
      all.add(own);
    }
    return Collections.enumeration(all);
  }

  private URL url(String path, byte[] bytes) {
    try {
      String place = "/" + getName() + "/" + path;
      return URL.of(new URI("driverfs-module", null, place, null), new InMemory(bytes));
    } catch (Exception e) {
      throw new IllegalArgumentException(path + " cannot be a URL", e);
    }
  }

  @Override
  public void exit(String call, Class<?> caller) {
    refused.add(call + " of " + caller.getName());
    throw new DriverfsException(
        Errno.EPERM, getName(), call + " by " + caller.getName() + " is refused to a module");
  }

  @Override
  public void addShutdownHook(Runtime runtime, Thread hook) {
    boolean isNew = hooks.add(hook);
    boolean isAdded = false;
    try {
      runtime.addShutdownHook(hook);
      isAdded = true;
    } finally {
      if (isNew && !isAdded) {
        hooks.remove(hook);
      }
    }
    if (hooksAreTaken) { // perhaps without this one
      removeShutdownHook(runtime, hook);
      throw new DriverfsException(
          Errno.ENODEV, getName(), "has been unloaded, and adds no shutdown hook");
    }
  }

  @Override
  public boolean removeShutdownHook(Runtime runtime, Thread hook) {
    hooks.remove(hook);
    return runtime.removeShutdownHook(hook);
  }

  @Override
  public void refuseHandlerFactory(Class<?> caller) {
    refused.add("URL.setURLStreamHandlerFactory of " + caller.getName());
    throw new DriverfsException(
        Errno.EPERM,
        getName(),
        "a URLStreamHandlerFactory would stay for ever; use URL.of(uri, handler)");
  }

  @Override
  public String toString() {
    return "class loader of module " + getName();
  }

  /// Gives bytes that are there.
  private static final class InMemory extends URLStreamHandler {
    private final byte[] bytes;

    InMemory(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    protected URLConnection openConnection(URL url) {
      return new URLConnection(url) {
        @Override
        public void connect() {}

        @Override
        public InputStream getInputStream() {
          return new ByteArrayInputStream(bytes);
        }
      };
    }
  }
}
