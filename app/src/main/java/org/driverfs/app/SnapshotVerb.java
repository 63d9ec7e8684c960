package org.driverfs.app;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.driverfs.export.Snapshot;
import org.driverfs.tree.Directory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Reads a whole directory, and prints a JSON object with
///
/// - `path`, and what [Snapshot] calls `version` and `consistent`;
/// - `values`: by path below the directory, as text without a newline at its end, or, for what is
///   no UTF-8, as an object with the bytes in `base64`;
/// - `failures`: the names of the errors of those that could not be read.
@Command(
    name = "snapshot",
    description = "Prints all values of a directory as JSON, with one version number.")
final class SnapshotVerb extends Verb {
  @Option(
      names = {"-r", "--recursive"},
      description = "With the directories of other objects below it.")
  private boolean recursive;

  @Parameters(paramLabel = "PATH", arity = "0..1", description = "A directory, or the tree's top.")
  private String path = "";

  @Override
  public Integer call() throws InterruptedException {
    World world = daemon().world();
    Directory<?> directory = world.requireDirectory(path);
    Snapshot snapshot = world.export().snapshot(directory, recursive, world.caller());
    Map<String, Object> values = new LinkedHashMap<>();
    snapshot.values().forEach((name, bytes) -> values.put(name, value(bytes)));
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("path", directory.path());
    answer.put("version", snapshot.version());
    answer.put("consistent", snapshot.isConsistent());
    answer.put("values", values);
    answer.put("failures", snapshot.failures());
    session().out().println(Json.write(answer));
    return DONE;
  }

  private static Object value(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    } catch (CharacterCodingException _) {
      return Map.of("base64", Base64.getEncoder().encodeToString(bytes));
    }
  }
}
