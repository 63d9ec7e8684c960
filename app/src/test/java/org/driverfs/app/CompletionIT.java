package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.driverfs.app.Launcher.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a real shell completes.
final class CompletionIT {
  @TempDir private Path directory;

  @Test
  void completion_inBash_knowsVerbsAndOptions() throws Exception {
    assertThat(complete("driverfs", "mon")).contains("monitor");
    assertThat(complete("driverfs", "st")).contains("status").doesNotContain("monitor");
    assertThat(complete("driverfs", "up", "--de")).contains("--detach");
  }

  private String complete(String... words) throws Exception {
    String script =
        """
        driverfs=$0
        eval "$("$driverfs" completion bash)"
        function=$(complete -p driverfs | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        COMP_LINE="$*"
        COMP_POINT=${#COMP_LINE}
        $function driverfs "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
        """;
    Result result =
        new Launcher(directory.resolve(String.join("-", words)))
            .runPrefixed(List.of("bash", "-c", script), words);
    assertThat(result.err()).isEmpty();
    return result.out();
  }
}
