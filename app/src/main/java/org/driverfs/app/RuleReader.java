package org.driverfs.app;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import org.driverfs.app.Rule.Condition;
import org.driverfs.errno.DriverfsException;
import org.driverfs.toml.Glob;
import org.driverfs.toml.Section;

/// Reads the rules of a configuration file. At least one of `set`, `run` and `load` is there.
///
///     [[rule]]
///     name = "jumbo"                                      # for messages
///     match = { action = "add", path = "*/veth*" }        # patterns of facts: see [Facts]
///     set = { mtu = "9000", "netif/up" = "1" }            # files of the device, or /from/the/top
///     run = ["/usr/bin/logger", "${name} has come"]       # without a shell
///     timeout_s = 30                                      # after which the command is killed
///     load = "veth"                                       # a module
final class RuleReader {
  private static final Set<String> KEYS =
      Set.of("name", "match", "set", "run", "load", "timeout_s");
  private static final Set<String> CONDITIONS = new HashSet<>(Facts.NAMES);

  static {
    CONDITIONS.add("property");
  }

  private static final long TIMEOUT_SECONDS = 30;
  private static final long MOST_SECONDS = 3600;

  private final Section rule;
  private final List<Effect> effects = new ArrayList<>();

  private RuleReader(Section rule) {
    this.rule = rule;
  }

  /// @throws DriverfsException EINVAL for what cannot be a rule, with line and column
  static Rule read(Section rule) {
    return new RuleReader(rule).read();
  }

  private Rule read() {
    rule.requireKeys(KEYS);
    Section match =
        rule.findSection("match")
            .orElseThrow(() -> rule.wrong(rule.at(), "is a rule without `match`"));
    var conditions = new ArrayList<Condition>();
    readConditions(match, "", conditions);
    rule.findText("load").ifPresent(it -> effects.add(new Effect.Load(template(rule, "load", it))));
    rule.findSection("set").ifPresent(this::readSet);
    readRun();
    if (effects.isEmpty()) {
      throw rule.wrong(rule.at(), "is a rule that does nothing; give it `set`, `run` or `load`");
    }
    String name = rule.findText("name").orElseGet(() -> "line " + line());
    return new Rule(name, List.copyOf(conditions), List.copyOf(effects));
  }

  private int line() {
    return Objects.requireNonNull(rule.at(), "a rule has a place").line();
  }

  private void readConditions(Section match, String prefix, List<Condition> into) {
    if (prefix.isEmpty()) {
      match.requireKeys(CONDITIONS);
    }
    for (String key : match.keys()) {
      if (prefix.isEmpty() && key.equals("property")) {
        match.findSection(key).ifPresent(inner -> readConditions(inner, Facts.PROPERTY, into));
      } else {
        match.findText(key).ifPresent(it -> into.add(condition(match, key, prefix + key, it)));
      }
    }
  }

  private static Condition condition(Section match, String key, String fact, String glob) {
    try {
      return new Condition(fact, new Glob(glob));
    } catch (PatternSyntaxException e) {
      throw match.wrong(key, "is no pattern: " + e.getDescription());
    }
  }

  private void readSet(Section set) {
    for (String path : set.keys()) {
      set.findText(path)
          .ifPresent(value -> effects.add(new Effect.Set(path, template(set, path, value))));
    }
  }

  private void readRun() {
    String wanted = "a number of seconds from 1 to " + MOST_SECONDS;
    long seconds = rule.find("timeout_s", Long.class, wanted).orElse(TIMEOUT_SECONDS);
    if (seconds < 1 || seconds > MOST_SECONDS) {
      throw rule.wrong("timeout_s", "is " + wanted);
    }
    List<Template> words =
        rule.texts("run").stream().map(word -> template(rule, "run", word)).toList();
    if (!words.isEmpty()) {
      effects.add(new Effect.Run(words, Duration.ofSeconds(seconds)));
    } else if (rule.keys().contains("run")) {
      throw rule.wrong("run", "is the command and its arguments, and has none");
    }
  }

  private static Template template(Section section, String key, String text) {
    var template = new Template(text);
    template
        .findUnknown()
        .ifPresent(name -> {
          throw section.wrong(
              key, "has ${" + name + "}; known are " + Facts.NAMES + " and property.NAME");
        });
    return template;
  }
}
