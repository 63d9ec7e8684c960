package org.driverfs.app;

import java.util.List;
import org.driverfs.loader.Receipt;
import org.driverfs.loader.Receipts;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.Entry;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.Subsystem;
import org.driverfs.tree.Tree;
import org.jspecify.annotations.Nullable;

/// The directory `module/.receipts` of the tree: a file for each receipt that is kept, by its
/// number, and `last`.
final class ReceiptFiles implements FileSet<Receipts> {
  private static final FileEntry<Receipts> LAST =
      FileEntry.readOnly("last", it -> it.all().isEmpty() ? "none\n" : it.all().getLast().text());

  private ReceiptFiles() {}

  static void show(Tree tree, Receipts receipts) {
    var type = new DirectoryType<>(new Subsystem<Receipts>() {}, new ReceiptFiles());
    if (tree.root().require("module") instanceof Directory<?> modules) {
      modules.createDirectory(".receipts", type, receipts);
    }
  }

  @Override
  public List<Entry<? super Receipts>> list(Receipts receipts) {
    List<Entry<? super Receipts>> all = new java.util.ArrayList<>(List.of(LAST));
    receipts.all().forEach(receipt -> all.add(file(receipt)));
    return all;
  }

  @Override
  public @Nullable Entry<? super Receipts> find(Receipts receipts, String name) {
    if (name.equals(LAST.name())) {
      return LAST;
    }
    return receipts.all().stream()
        .filter(it -> Long.toString(it.number()).equals(name))
        .findAny()
        .map(ReceiptFiles::file)
        .orElse(null);
  }

  private static FileEntry<Receipts> file(Receipt receipt) {
    long number = receipt.number();
    return FileEntry.readOnly(
        Long.toString(number), it -> it.find(number).map(Receipt::text).orElse("forgotten\n"));
  }

  @Override
  public boolean isDynamic(Receipts receipts) {
    return true; // nobody tells clients that they come and go
  }
}
