package org.driverfs.app;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Prints what a shell needs to complete verbs and paths.
@Command(
    name = "completion",
    description = "Prints what makes a shell complete verbs and paths: source <(driverfs ...).")
final class CompletionVerb extends Verb {
  /// The shells that are known.
  enum Shell {
    bash,
    zsh
  }

  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
  private Shell shell = Shell.bash;

  @Override
  public Integer call() throws IOException {
    try (InputStream script =
        Objects.requireNonNull(CompletionVerb.class.getResourceAsStream("completion." + shell))) {
      script.transferTo(session().out());
    }
    return DONE;
  }
}
