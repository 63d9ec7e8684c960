package org.driverfs.loader;

import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import org.driverfs.loader.trap.Trap;
import org.jspecify.annotations.Nullable;

/// Lets calls of a module's classes that would end the JVM or outlive the module lead to [Trap]:
/// calls and method references alike. Classes without such calls stay as they are.
final class Rewriter {
  private static final ClassDesc TRAP = Trap.class.describeConstable().orElseThrow();

  private static final Set<String> TRAPPED =
      Set.of(
          "java/lang/System.exit",
          "java/lang/Runtime.exit",
          "java/lang/Runtime.halt",
          "java/lang/Runtime.addShutdownHook",
          "java/lang/Runtime.removeShutdownHook",
          "java/net/URL.setURLStreamHandlerFactory");

  private final ClassFile classFile;

  /// @param resource gives the bytes of another class by its path, to tell what it extends
  Rewriter(Function<String, @Nullable InputStream> resource) {
    @SuppressWarnings("NullAway") // null is what the resolver takes for a class that is not there
    Function<ClassDesc, InputStream> bytes = type -> resource.apply(path(type));
    classFile =
        ClassFile.of(
            ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(bytes)
                    .orElse(ClassHierarchyResolver.defaultResolver())));
  }

  private static String path(ClassDesc type) {
    String descriptor = type.descriptorString();
    return descriptor.substring(1, descriptor.length() - 1) + ".class";
  }

  byte[] rewrite(byte[] bytes) {
    ClassModel model = classFile.parse(bytes);
    boolean isNeeded =
        StreamSupport.stream(model.constantPool().spliterator(), false)
            .anyMatch(it -> it instanceof MemberRefEntry member && isTrapped(name(member)));
    return isNeeded
        ? classFile.transformClass(model, ClassTransform.transformingMethodBodies(this::replace))
        : bytes;
  }

  private void replace(CodeBuilder code, CodeElement element) {
    switch (element) {
      case InvokeInstruction it when isTrapped(name(it.method())) -> {
        String descriptor = it.type().stringValue();
        boolean isStatic = it.opcode() == java.lang.classfile.Opcode.INVOKESTATIC;
        code.invokestatic(
            TRAP,
            it.name().stringValue(),
            type(it.owner().asSymbol(), MethodTypeDesc.ofDescriptor(descriptor), isStatic));
      }
      case InvokeDynamicInstruction it
          when it.bootstrapArgs().stream().anyMatch(Rewriter::isTrapped) ->
          code.invokedynamic(
              DynamicCallSiteDesc.of(
                  it.bootstrapMethod(),
                  it.name().stringValue(),
                  it.typeSymbol(),
                  it.bootstrapArgs().stream()
                      .map(Rewriter::replaced)
                      .toArray(ConstantDesc[]::new)));
      default -> code.with(element);
    }
  }

  private static ConstantDesc replaced(ConstantDesc argument) {
    if (!isTrapped(argument)) {
      return argument;
    }
    var handle = (DirectMethodHandleDesc) argument;
    boolean isStatic = handle.kind() == DirectMethodHandleDesc.Kind.STATIC;
    return MethodHandleDesc.ofMethod(
        DirectMethodHandleDesc.Kind.STATIC,
        TRAP,
        handle.methodName(),
        type(handle.owner(), MethodTypeDesc.ofDescriptor(handle.lookupDescriptor()), isStatic));
  }

  /// A method of an object gets that as its first argument.
  private static MethodTypeDesc type(ClassDesc owner, MethodTypeDesc type, boolean isStatic) {
    return isStatic ? type : type.insertParameterTypes(0, owner);
  }

  private static boolean isTrapped(ConstantDesc argument) {
    return argument instanceof DirectMethodHandleDesc handle
        && isTrapped(path(handle.owner()).replace(".class", "") + "." + handle.methodName());
  }

  private static boolean isTrapped(String member) {
    return TRAPPED.contains(member);
  }

  private static String name(MemberRefEntry member) {
    return member.owner().asInternalName() + "." + member.name().stringValue();
  }
}
