/// The bindings: how the objects of the model appear in the tree.
module org.driverfs.export {
  requires transitive org.driverfs.model;
  requires transitive org.driverfs.tree;
  requires static transitive org.jspecify;

  exports org.driverfs.export;
}
