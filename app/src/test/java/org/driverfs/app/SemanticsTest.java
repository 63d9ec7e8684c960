package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// That docs/semantics.md says nothing without a test: each paragraph names at least one, and each
/// that is named is there.
class SemanticsTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern NAMED =
      Pattern.compile("`(?:([A-Z]\\w*(?:Test|IT|Stress))(?:\\.(\\w+))?|(\\w+_\\w+_\\w+))`");

  @Test
  void paragraph_ofTheSemantics_hasItsTests() throws IOException {
    Map<String, String> sources = testSources();
    List<String> missing = new ArrayList<>();
    for (String paragraph : Files.readString(ROOT.resolve("docs/semantics.md")).split("\n\n", -1)) {
      if (paragraph.startsWith("#")
          || paragraph.startsWith("|")
          || paragraph.startsWith("Each paragraph")) {
        continue;
      }
      List<MatchResult> named = NAMED.matcher(paragraph).results().toList();
      if (named.stream().noneMatch(match -> match.group(1) != null)) {
        missing.add("no test: " + paragraph);
      }
      String testClass = "";
      for (MatchResult match : named) {
        testClass = match.group(1) == null ? testClass : match.group(1);
        String method = match.group(1) == null ? match.group(3) : match.group(2);
        String source = sources.getOrDefault(testClass, "");
        if (source.isEmpty() || (method != null && !source.contains("void " + method + "("))) {
          missing.add(testClass + "." + method);
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  private static Map<String, String> testSources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    try (var files = Files.walk(ROOT)) {
      for (Path file : files.filter(path -> path.toString().contains("src/test")).toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".java")) {
          sources.put(name.replace(".java", ""), Files.readString(file));
        }
      }
    }
    return sources;
  }
}
