package org.driverfs.app;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.model.Events;

/// Something that a rule does.
sealed interface Effect {
  /// @throws DriverfsException if it fails
  void perform(Facts facts, World world) throws InterruptedException;

  /// What [#perform] would do, in words.
  String describe(Facts facts);

  /// Writes a value to a file.
  ///
  /// @param path relative to the device of the event, or with a slash before it from the top
  record Set(String path, Template value) implements Effect {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /// Behind the file may be a driver that does not answer: other rules must not wait for it.
    @Override
    public void perform(Facts facts, World world) throws InterruptedException {
      String target = target(facts);
      String text = value.fill(facts) + "\n";
      int depth = Events.depth();
      var write = new FutureTask<>(() -> Events.at(depth, () -> world.write(target, text)), true);
      Thread.ofPlatform().daemon().name("rule: " + describe(facts)).start(write);
      try {
        write.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException _) {
        throw new DriverfsException(
            Errno.ETIMEDOUT,
            target,
            "has not taken it after %d s; `driverfs status` says who hangs"
                .formatted(PATIENCE.toSeconds()));
      } catch (ExecutionException e) {
        throw e.getCause() instanceof DriverfsException known
            ? known
            : new DriverfsException(Errno.EIO, target, "cannot be written: " + e.getCause(), e);
      }
    }

    @Override
    public String describe(Facts facts) {
      return "set " + target(facts) + " to " + value.fill(facts);
    }

    private String target(Facts facts) {
      return path.startsWith("/") ? path.substring(1) : "root/" + facts.event().path() + "/" + path;
    }
  }

  /// Runs a command, without a shell.
  ///
  /// @param timeout after which it is killed
  record Run(List<Template> command, Duration timeout) implements Effect {
    @Override
    public void perform(Facts facts, World world) throws InterruptedException {
      Command.run(words(facts), facts.environment(), timeout);
    }

    @Override
    public String describe(Facts facts) {
      return "run " + words(facts).stream().map(Json::quote).toList();
    }

    private List<String> words(Facts facts) {
      return command.stream().map(word -> word.fill(facts)).toList();
    }
  }

  /// Loads a module.
  record Load(Template module) implements Effect {
    @Override
    public void perform(Facts facts, World world) throws InterruptedException {
      world.modules().modprobe(module.fill(facts), Map.of());
    }

    @Override
    public String describe(Facts facts) {
      return "load module " + module.fill(facts);
    }
  }
}
