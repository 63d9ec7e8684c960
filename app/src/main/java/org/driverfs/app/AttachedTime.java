package org.driverfs.app;

import java.time.Duration;
import java.util.Map;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/// An option with a time that may be absent, and otherwise is attached: `--wait` or `--wait=2s`.
/// What follows `--wait` after a space belongs to the verb.
final class AttachedTime implements IParameterPreprocessor {
  private static final Duration USUAL = Duration.ofSeconds(10);

  @Override
  public boolean preprocess(
      Stack<String> words, CommandSpec command, ArgSpec option, Map<String, Object> info) {
    if (option.getValue() != null) {
      throw new ParameterException(command.commandLine(), name(option) + " is given twice");
    }
    boolean isAttached = "=".equals(info.get("separator"));
    try {
      option.setValue(isAttached ? new DurationConverter().convert(words.pop()) : USUAL);
    } catch (TypeConversionException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
    return true;
  }

  private static String name(ArgSpec option) {
    return option instanceof OptionSpec it ? it.longestName() : option.paramLabel();
  }
}
