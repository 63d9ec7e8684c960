package org.driverfs.app;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.driverfs.errno.DriverfsException;

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
    @Override
    public void perform(Facts facts, World world) {
      world.write(target(facts), value.fill(facts) + "\n");
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
