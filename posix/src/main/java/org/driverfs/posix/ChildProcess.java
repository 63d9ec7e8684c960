package org.driverfs.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.driverfs.errno.Errno;

/// A program started with descriptors of ours, which ProcessBuilder would close: posix_spawnp(3)
/// and wait4(2). fusermount3 is such a program.
public final class ChildProcess {
  private static final MethodHandle SPAWN =
      handle("posix_spawnp", FunctionDescriptor.of(JAVA_INT, longs(6)));
  private static final MethodHandle ACTIONS_INIT =
      handle("posix_spawn_file_actions_init", FunctionDescriptor.of(JAVA_INT, longs(1)));
  private static final MethodHandle ACTIONS_DESTROY =
      handle("posix_spawn_file_actions_destroy", FunctionDescriptor.of(JAVA_INT, longs(1)));
  private static final MethodHandle ACTIONS_DUP =
      handle(
          "posix_spawn_file_actions_adddup2",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));

  /// More than any C library's posix_spawn_file_actions_t.
  private static final int ACTIONS_SIZE = 512;

  private final int pid;
  private final String program;

  private ChildProcess(int pid, String program) {
    this.pid = pid;
    this.program = program;
  }

  /// Starts a program, found along PATH, with this process's environment.
  ///
  /// @param command the program and its arguments
  /// @param environment what is added to the environment
  /// @param inherited which descriptors the program gets, each under the number that it is to know
  ///   it by; standard input, output and error are this process's unless they are named here. No
  ///   descriptor of ours may have a number that is given to another one.
  /// @throws org.driverfs.errno.DriverfsException with ENOENT if there is no such program
  public static ChildProcess start(
      List<String> command, Map<String, String> environment, Map<Integer, Descriptor> inherited) {
    String program = command.getFirst();
    var variables = new HashMap<>(System.getenv());
    variables.putAll(environment);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pid = arena.allocate(JAVA_INT);
      MemorySegment actions = arena.allocate(ACTIONS_SIZE, 16);
      MemorySegment argv = strings(arena, command);
      MemorySegment envp =
          strings(
              arena,
              variables.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
      check((int) ACTIONS_INIT.invokeExact(actions.address()), program);
      try {
        for (Map.Entry<Integer, Descriptor> entry : inherited.entrySet()) {
          int from = entry.getValue().number();
          int to = entry.getKey();
          check((int) ACTIONS_DUP.invokeExact(actions.address(), from, to), program);
        }
        long file = arena.allocateFrom(program).address();
        check(
            (int)
                SPAWN.invokeExact(
                    pid.address(), file, actions.address(), 0L, argv.address(), envp.address()),
            program);
      } finally {
        check((int) ACTIONS_DESTROY.invokeExact(actions.address()), program);
      }
      return new ChildProcess(pid.get(JAVA_INT, 0), program);
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall itself throws nothing", e);
    }
  }

  /// The process's number.
  public int pid() {
    return pid;
  }

  /// Waits for its end, once.
  ///
  /// @return its exit status, or 128 and the number of the signal that killed it
  public int await() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(JAVA_INT);
      long result;
      do {
        result = SystemCalls.ofThread().call(Abi.WAIT4, pid, status.address(), 0, 0);
      } while (result == -Errno.EINTR.code());
      Failure.check(result, program, "cannot be waited for");
      int encoded = status.get(JAVA_INT, 0);
      int signal = encoded & 0x7f;
      return signal == 0 ? (encoded >> 8) & 0xff : 128 + signal;
    }
  }

  private static void check(int error, String program) {
    Failure.check(-error, program, "cannot be started");
  }

  private static MemorySegment strings(Arena arena, List<String> texts) {
    MemorySegment array = arena.allocate(ADDRESS, texts.size() + 1L);
    for (int i = 0; i < texts.size(); i++) {
      array.setAtIndex(ADDRESS, i, arena.allocateFrom(texts.get(i)));
    }
    return array;
  }

  private static MemoryLayout[] longs(int count) {
    var layouts = new MemoryLayout[count];
    Arrays.fill(layouts, JAVA_LONG);
    return layouts;
  }

  @SuppressWarnings("restricted")
  private static MethodHandle handle(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
  }
}
