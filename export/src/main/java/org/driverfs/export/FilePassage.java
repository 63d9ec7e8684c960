package org.driverfs.export;

import java.time.Duration;
import org.driverfs.model.Kobject;
import org.driverfs.model.Passage;
import org.driverfs.tree.Directory;
import org.driverfs.tree.Handover;

/// The open files of one object, on their way from one driver to another.
///
/// @param before where they are
record FilePassage(Directory<?> before, Handover handover) implements Passage {
  @Override
  public boolean await(Duration deadline) throws InterruptedException {
    return handover.await(deadline);
  }

  @Override
  public void detach() {
    handover.detach();
  }

  @Override
  public void resume(Kobject now) {
    boolean isShown = now.representation() instanceof Directory<?>;
    handover.resume(isShown ? Shown.directory(now) : before); // it may have gone meanwhile
  }

  @Override
  public void cancel() {
    handover.cancel();
  }
}
