package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.DirectMethodHandleDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.driverfs.buses.linux.LinuxDevices;
import org.driverfs.export.Export;
import org.driverfs.fuse.FuseMount;
import org.driverfs.loader.Modules;
import org.driverfs.model.Attribute;
import org.driverfs.model.Model;
import org.driverfs.tree.Tree;
import org.junit.jupiter.api.Test;

/// What driver authors implement is invoked by the gate alone: only in what is given to it as a
/// callback, or in what implements the same itself, such as a channel that wraps another. Told from
/// the byte code of all rooms, so that nobody can forget it.
class ForeignCodeTest {
  private static final String MODEL = "org/driverfs/model/";
  private static final String CALLBACK = MODEL + "Gate$Callback";
  private static final Set<String> FOREIGN =
      Set.of(
          MODEL + "Driver$Callbacks",
          MODEL + "RuntimePower",
          MODEL + "Bus$Ids",
          MODEL + "TextAttribute$Show",
          MODEL + "TextAttribute$Store",
          MODEL + "RawAttribute$Opener",
          MODEL + "RawAttribute$Reader",
          MODEL + "RawAttribute$Writer",
          MODEL + "AttributeChannel",
          MODEL + "AttributeSet",
          MODEL + "spi/DriverModule");

  /// For code that is built in, which is the host's own: there the call is what the gate would get.
  private static final Set<String> BUILT_IN =
      Set.of(
          MODEL + "Bus.idsOf",
          MODEL + "AttributeValue.find",
          MODEL + "AttributeValue.show",
          "org/driverfs/export/AttributeFiles.list",
          "org/driverfs/export/AttributeFiles.find",
          "org/driverfs/export/AttributeFiles.isDynamic");

  @Test
  void foreignCode_isInvokedByTheGateAlone() throws IOException {
    Set<String> elsewhere = new TreeSet<>();
    int seen = 0;
    for (ClassModel each : classes()) {
      var calls = new Calls(each);
      for (String method : calls.foreign) {
        seen++;
        if (!calls.isForTheGate(method, new HashSet<>())) {
          elsewhere.add(calls.name + "." + method);
        }
      }
    }
    elsewhere.removeIf(it -> BUILT_IN.contains(it.replaceAll("\\(.*", "")));
    assertThat(elsewhere).isEmpty();
    assertThat(seen).as("calls of foreign code").isGreaterThan(20);
  }

  /// A class that calls past the gate is found.
  @Test
  void foreignCode_invokedElsewhere_isFound() throws IOException {
    String name = Past.class.getName().replace('.', '/') + ".class";
    try (var in = ForeignCodeTest.class.getClassLoader().getResourceAsStream(name)) {
      var calls = new Calls(ClassFile.of().parse(in.readAllBytes()));
      assertThat(calls.foreign).hasSize(2);
      assertThat(calls.foreign).noneMatch(method -> calls.isForTheGate(method, new HashSet<>()));
    }
  }

  /// Calls past the gate, directly and from a lambda.
  @SuppressWarnings("UnusedMethod") // only looked at
  private static final class Past {
    static Object list(org.driverfs.model.AttributeSet<Object> set) {
      return set.list(Past.class);
    }

    static Runnable later(org.driverfs.model.AttributeSet<Object> set) {
      return () -> set.list(Past.class);
    }
  }

  /// What the methods of one class call, and who in it calls them.
  private static final class Calls {
    final String name;
    final Set<String> foreign = new HashSet<>();
    private final boolean isForeignItself;

    /// Those that refer to a method, by its name and type.
    private final Map<String, Set<String>> references = new HashMap<>();

    /// What a method is the body of, if it is a lambda.
    private final Map<String, String> lambdas = new HashMap<>();

    Calls(ClassModel model) {
      name = model.thisClass().asInternalName();
      isForeignItself =
          model.interfaces().stream().anyMatch(it -> FOREIGN.contains(it.asInternalName()));
      for (MethodModel method : model.methods()) {
        String caller = method.methodName().stringValue() + method.methodType().stringValue();
        method
            .code()
            .ifPresent(code ->
                code.forEach(element -> {
                  switch (element) {
                    case InvokeInstruction it -> invoke(caller, it);
                    case InvokeDynamicInstruction it -> lambda(caller, it);
                    default -> {}
                  }
                }));
      }
    }

    private void invoke(String caller, InvokeInstruction call) {
      String owner = call.owner().asInternalName();
      if (owner.startsWith(name + "$")) {
        refer(caller, owner);
      }
      if (call.isInterface()
          && call.opcode() == java.lang.classfile.Opcode.INVOKEINTERFACE
          && FOREIGN.contains(owner)) {
        foreign.add(caller);
      }
      if (owner.equals(name)) {
        refer(caller, call.name().stringValue() + call.type().stringValue());
      }
    }

    private void lambda(String caller, InvokeDynamicInstruction site) {
      String type = site.typeSymbol().returnType().descriptorString();
      for (var argument : site.bootstrapArgs()) {
        if (argument instanceof DirectMethodHandleDesc handle
            && handle.owner().descriptorString().equals("L" + name + ";")) {
          String body = handle.methodName() + handle.lookupDescriptor();
          refer(caller, body);
          lambdas.put(body, type.replaceAll("^L|;$", ""));
        }
      }
    }

    private void refer(String caller, String method) {
      references.computeIfAbsent(method, _ -> new HashSet<>()).add(caller);
    }

    boolean isForTheGate(String method, Set<String> seen) {
      String lambda = lambdas.getOrDefault(method, "");
      if (lambda.equals(CALLBACK) || FOREIGN.contains(lambda)) {
        return true;
      }
      if (isForeignItself && lambda.isEmpty()) {
        return true;
      }
      String way = lambda.startsWith(name + "$") ? lambda : method; // a kind of callback of its own
      Set<String> from = references.getOrDefault(way, Set.of());
      return seen.add(method)
          && !from.isEmpty()
          && from.stream().allMatch(it -> isForTheGate(it, seen));
    }
  }

  private static List<ClassModel> classes() throws IOException {
    List<ClassModel> all = new ArrayList<>();
    for (Class<?> room :
        List.of(
            Attribute.class,
            Model.class,
            Tree.class,
            Export.class,
            Modules.class,
            FuseMount.class,
            LinuxDevices.class,
            Daemon.class)) {
      Path place = Path.of(room.getProtectionDomain().getCodeSource().getLocation().getPath());
      if (Files.isDirectory(place)) {
        try (Stream<Path> files = Files.walk(place)) {
          files.filter(it -> it.toString().endsWith(".class")).forEach(it -> all.add(parse(it)));
        }
      } else {
        try (var jar = new JarFile(place.toFile())) {
          for (var entry : (Iterable<java.util.jar.JarEntry>) jar.stream()::iterator) {
            if (entry.getName().endsWith(".class")) {
              all.add(ClassFile.of().parse(jar.getInputStream(entry).readAllBytes()));
            }
          }
        }
      }
    }
    return all;
  }

  private static ClassModel parse(Path file) {
    try {
      return ClassFile.of().parse(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
