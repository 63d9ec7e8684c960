package org.driverfs.model;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Who hears of what a model does. One that throws keeps nobody else from hearing.
final class Observers {
  private final List<ModelObserver> all = new CopyOnWriteArrayList<>();

  void add(ModelObserver observer) {
    all.add(observer);
  }

  /// Tells everybody; what is thrown goes to the log.
  void tell(Consumer<ModelObserver> news) {
    all.forEach(observer -> tell(observer, news));
  }

  /// Tells everybody of what can still be refused. If one throws, it is undone, those who were told
  /// before hear that, the last first, and this throws what that one threw.
  ///
  /// @param undo makes it not to have happened
  /// @param undone tells that it was undone
  void tellOrUndo(Consumer<ModelObserver> news, Runnable undo, Consumer<ModelObserver> undone) {
    List<ModelObserver> told = new ArrayList<>();
    boolean accepted = false;
    try {
      for (ModelObserver observer : all) {
        news.accept(observer);
        told.addFirst(observer);
      }
      accepted = true;
    } finally {
      if (!accepted) {
        undo.run();
        told.forEach(observer -> tell(observer, undone));
      }
    }
  }

  /// How those who represent an object let its users wait.
  List<Passage> passing(Kobject object, Code from) {
    List<Passage> passages = new ArrayList<>();
    for (ModelObserver observer : all) {
      Passage passage = observer.passing(object, from);
      if (passage != null) {
        passages.add(passage);
      }
    }
    return passages;
  }

  /// Who uses a module through what observers represent.
  Stream<String> users(Module module) {
    return all.stream().flatMap(observer -> observer.users(module).stream());
  }

  private static void tell(ModelObserver observer, Consumer<ModelObserver> news) {
    try {
      news.accept(observer);
    } catch (Throwable t) {
      Gate.LOG.log(Level.WARNING, "an observer failed: " + observer.getClass().getName(), t);
    }
  }
}
