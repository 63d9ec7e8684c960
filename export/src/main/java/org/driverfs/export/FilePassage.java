package org.driverfs.export;

import java.time.Duration;
import org.driverfs.model.Kobject;
import org.driverfs.model.Passage;
import org.driverfs.tree.Handover;

/// The open files of one object, on their way from one driver to another.
record FilePassage(Handover handover) implements Passage {
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
    handover.resume(Shown.directory(now));
  }

  @Override
  public void cancel() {
    handover.cancel();
  }
}
