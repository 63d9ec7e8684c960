package org.driverfs.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.driverfs.export.BookBinding.Book;
import org.driverfs.lifetime.Caller;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.driverfs.tree.FileEntry;
import org.driverfs.tree.OpenMode;
import org.driverfs.tree.Tree;
import org.junit.jupiter.api.Test;

class BookBindingTest {
  private final Tree tree = new Tree();
  private final BookBinding books = new BookBinding();

  @Test
  void show_anyObject_hasFilesThatAreCounted() {
    var book = new Book();
    Directory<Book> directory = books.show(tree.root(), "ldd", book);
    books.createFile(directory, FileEntry.readOnly("isbn", _ -> "0596005903\n"));
    var title =
        tree.openFiles()
            .open((File<?>) tree.resolve("ldd/title"), OpenMode.READ_WRITE, Caller.SELF, this);
    assertThat(book.references()).isEqualTo(1);
    title.write("LDD3");
    assertThat(new String(title.readAll(), StandardCharsets.UTF_8)).isEqualTo("LDD3\n");
    book.pulp();
    assertThat(book.isPulped).isFalse();
    directory.remove("isbn");
    tree.remove(directory);
    assertThat(book.isPulped).isTrue();
    tree.openFiles().close(title);
    assertThat(tree.openFiles().size()).isZero();
  }
}
