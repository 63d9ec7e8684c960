/// Reads TOML, and tells where it is wrong.
@SuppressWarnings({
  "requires-automatic",
  "requires-transitive-automatic"
}) // tomlj has a stable name but no descriptor
module org.driverfs.toml {
  requires transitive org.driverfs.errno;
  requires transitive org.tomlj;
  requires static transitive org.jspecify;

  exports org.driverfs.toml;
}
