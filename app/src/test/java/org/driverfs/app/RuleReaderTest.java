package org.driverfs.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.driverfs.errno.DriverfsException;
import org.driverfs.toml.Glob;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleReaderTest {
  @TempDir private Path directory;

  private List<Rule> read(String text) throws IOException {
    return ConfigFile.read(Files.writeString(file(), text)).rules();
  }

  private Path file() {
    return directory.resolve("driverfs.toml");
  }

  @Test
  void read_rules_keepTheirOrder() throws Exception {
    List<Rule> rules =
        read(
            """
            workers = 8
            [[rule]]
            name = "first"
            match = { action = "add" }
            run = ["/bin/true"]
            timeout_s = 2
            load = "a"
            set = { "netif/up" = "1", mtu = "${name}" }
            [[rule]]
            [rule.match]
            property.KEY = "x"
            [rule.set]
            "a.b" = ""
            """);
    assertThat(rules).extracting(Rule::name).containsExactly("first", "line 9");
    assertThat(rules.getFirst().effects())
        .containsExactly(
            new Effect.Load(new Template("a")),
            new Effect.Set("netif/up", new Template("1")),
            new Effect.Set("mtu", new Template("${name}")),
            new Effect.Run(List.of(new Template("/bin/true")), Duration.ofSeconds(2)));
    assertThat(rules.getLast().conditions().getFirst().fact()).isEqualTo("property.KEY");
    assertThat(rules.getLast().effects()).containsExactly(new Effect.Set("a.b", new Template("")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "rule = 3 # 1:1: `rule` is an array of tables",
        "rule = [3] # 1:9: `rule` is an array of tables",
        "[[rule]]\\nmatch = {}\\nrnu = ['a'] # 3:1: `rnu` is no key; known are load, match, name,",
        "[[rule]]\\nset = { mtu = '1' } # 1:1: is a rule without `match`",
        "[[rule]] # 1:1: is a rule without `match`",
        "[[rule]]\\nmatch = { action = 'add' } # 1:1: is a rule that does nothing",
        "[[rule]]\\nmatch = 'add' # 2:1: `match` is a table",
        "[[rule]]\\nmatch = { acton = 'add' } # 2:11: `acton` is no key; known are action,",
        "[[rule]]\\nmatch = { action = 3 } # 2:11: `action` is a text in quotes",
        "[[rule]]\\nmatch = { path = '[a' } # 2:11: `path` is no pattern",
        "[[rule]]\\nmatch = { property.A = 3 } # 2:11: `A` is a text in quotes",
        "[[rule]]\\nmatch = {}\\nset = { mtu = 3 } # 3:9: `mtu` is a text in quotes",
        "[[rule]]\\nmatch = {}\\nset = { mtu = '${x}' } # 3:9: `mtu` has ${x}; known are [action",
        "[[rule]]\\nmatch = {}\\nrun = 'a b' # 3:1: `run` is an array of texts",
        "[[rule]]\\nmatch = {}\\nrun = ['a', 3] # 3:13: `run` is an array of texts",
        "[[rule]]\\nmatch = {}\\nrun = [] # 3:1: `run` is the command",
        "[[rule]]\\nmatch = {}\\nrun = ['a']\\ntimeout_s = 0 # 4:1: `timeout_s` is a number",
        "[[rule]]\\nmatch = {}\\nload = 3 # 3:1: `load` is a text in quotes",
      })
  void read_wrongRule_tellsLineAndColumn(String text, String message) {
    assertThatThrownBy(() -> read(text.strip().replace("\\n", "\n")))
        .isInstanceOf(DriverfsException.class)
        .hasMessageStartingWith(file() + ":" + message.strip());
  }

  @ParameterizedTest
  @CsvSource({
    "*, '', true",
    "veth*, veth0, true",
    "veth*, aveth0, false",
    "*/veth?, virtual/net/veth0, true",
    "veth?, veth10, false",
    "sd[a-c], sdb, true",
    "sd[!a-c], sdb, false",
    "sd[!a-c], sdd, true",
    "add|remove, remove, true",
    "add|remove, added, false",
    "a.b, axb, false",
    "a\\b, a\\b, true",
    "[a[!], !, true",
  })
  void glob_isLikeThoseOfUdev(String glob, String value, boolean matches) {
    assertThat(new Glob(glob).matches(value)).isEqualTo(matches);
  }
}
