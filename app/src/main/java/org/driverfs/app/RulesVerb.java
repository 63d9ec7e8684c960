package org.driverfs.app;

import java.io.PrintStream;
import java.util.List;
import org.driverfs.app.Rule.Condition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Lists the rules with what they have done, or explains what they would do.
@Command(
    name = "rules",
    description = {
      "Lists the rules: name, events matched, effects failed, events not followed.",
      "`rules test EVENT` explains what they would do, and does nothing."
    })
final class RulesVerb extends Verb {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "test", arity = "0..1", description = "Explain.")
  private @Nullable String what;

  @Parameters(
      index = "1..*",
      paramLabel = "EVENT",
      description = "A line of `driverfs monitor`, such as 'add virtual/net/veth0 (net)'.")
  private List<String> words = List.of();

  @Override
  public Integer call() {
    if (what == null) {
      list();
    } else if (what.equals("test") && !words.isEmpty()) {
      test(String.join(" ", words));
    } else {
      throw new ParameterException(
          spec.commandLine(), "write `driverfs rules` or `driverfs rules test EVENT`");
    }
    return DONE;
  }

  private void list() {
    if (daemon().rules().all().isEmpty()) {
      session().out().println("no rules; a [[rule]] in the daemon's configuration file adds one");
      return;
    }
    List<List<String>> rows =
        daemon().rules().all().stream()
            .map(rule ->
                List.of(
                    rule.rule().name(),
                    Long.toString(rule.matched()),
                    Long.toString(rule.failed()),
                    Long.toString(rule.stopped())))
            .toList();
    Table.print(session(), List.of("RULE", "MATCHED", "FAILED", "STOPPED"), rows);
  }

  private void test(String line) {
    Facts facts = Facts.of(EventLine.parse(line), daemon().world());
    for (ActiveRule active : daemon().rules().all()) {
      explain(active.rule(), facts);
    }
  }

  private void explain(Rule rule, Facts facts) {
    PrintStream out = session().out();
    boolean matches = rule.matches(facts);
    out.println(rule.name() + (matches ? ": matches" : ": does not match"));
    for (Condition condition : rule.conditions()) {
      String value = facts.find(condition.fact());
      out.printf(
          "  %s: %s %s %s%n",
          condition.fact(),
          value == null ? "(none)" : value,
          condition.isMet(facts) ? "is" : "is not",
          condition.glob());
    }
    if (matches) {
      rule.effects().forEach(effect -> out.println("  would " + effect.describe(facts)));
    }
  }
}
