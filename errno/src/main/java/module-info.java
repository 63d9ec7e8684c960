/// What went wrong, with what, and what to do: the one exception family of the house.
module org.driverfs.errno {
  requires static transitive org.jspecify;

  exports org.driverfs.errno;
}
