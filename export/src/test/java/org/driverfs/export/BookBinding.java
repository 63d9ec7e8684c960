package org.driverfs.export;

import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.lifetime.Refcounted;
import org.driverfs.tree.Directory;
import org.driverfs.tree.DirectoryType;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.FileSet;
import org.driverfs.tree.Subsystem;

/// Books: anything can be shown in a tree, counted, with files that come and go.
final class BookBinding implements Subsystem<BookBinding.Book> {
  static final class Book extends Refcounted {
    String title = "Linux Device Drivers";
    int pages = 636;
    boolean isPulped;

    boolean get() {
      return ref();
    }

    void put() {
      unref();
    }

    void pulp() {
      retire();
    }

    @Override
    protected void released() {
      isPulped = true;
    }
  }

  private final DirectoryType<Book> type =
      new DirectoryType<>(
          this,
          FileSet.of(
              FileEntry.text("title", 0644, b -> b.title + "\n", (b, text) -> b.title = text),
              FileEntry.readOnly("pages", b -> b.pages + "\n")));

  Directory<Book> show(Directory<?> shelf, String name, Book book) {
    return shelf.createDirectory(name, type, book);
  }

  @Override
  public boolean get(Book book) {
    return book.get();
  }

  @Override
  public void put(Book book) {
    book.put();
  }

  void createFile(Directory<Book> directory, FileEntry<Book> file) {
    if (!get(directory.object())) {
      throw new DriverfsException(Errno.ENODEV, directory.path(), "is pulped");
    }
    directory.createFile(file);
    put(directory.object());
  }
}
