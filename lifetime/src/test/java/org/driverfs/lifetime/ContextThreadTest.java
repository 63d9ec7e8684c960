package org.driverfs.lifetime;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ContextThreadTest {
  private static URLClassLoader loader() {
    return new URLClassLoader(new URL[0], null);
  }

  @Test
  void contextClassLoader_isThatOfTheMaker_andGoesToThreadsMadeInside() throws Exception {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader own = loader()) {
      var inside = new CompletableFuture<ClassLoader>();
      var child = new CompletableFuture<ClassLoader>();
      var thread =
          new ContextThread(
              "context",
              () -> {
                inside.complete(Thread.currentThread().getContextClassLoader());
                Thread.currentThread().setContextClassLoader(own);
                child.complete(new Thread(() -> {}).getContextClassLoader());
              });
      thread.start();
      assertThat(inside.get()).isSameAs(before);
      assertThat(child.get()).isSameAs(own);
      thread.join();
      assertThat(thread.getContextClassLoader()).isSameAs(own);
    }
  }

  /// One that is made in the code of a module, and lives on, must not keep its classes.
  @Test
  void contextClassLoader_setToAnother_theMakersIsNotKept() throws Exception {
    var end = new CountDownLatch(1);
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    URLClassLoader own = loader();
    Thread.currentThread().setContextClassLoader(own);
    var thread = new ContextThread("context", () -> Uninterruptibly.pause(end::await));
    Thread.currentThread().setContextClassLoader(before);
    thread.setContextClassLoader(before);
    thread.start();
    var kept = new WeakReference<>(own);
    own.close();
    own = null;
    for (int i = 0; i < 100 && kept.get() != null; i++) {
      System.gc();
    }
    assertThat(kept.refersTo(null)).isTrue();
    end.countDown();
    thread.join();
  }
}
