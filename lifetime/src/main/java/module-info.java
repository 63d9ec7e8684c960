/// Who may use a thing, and until when.
module org.driverfs.lifetime {
  requires transitive org.driverfs.errno;
  requires static transitive org.jspecify;

  exports org.driverfs.lifetime;
}
