package org.driverfs.model;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// An observer that notes what it hears, and throws when told to.
class Watcher implements ModelObserver {
  final List<String> heard = new CopyOnWriteArrayList<>();
  volatile String throwsAt = "";

  private void hear(String news) {
    if (news.startsWith(throwsAt) && !throwsAt.isEmpty()) {
      throw new IllegalStateException("an observer that throws at " + news);
    }
    heard.add(news);
  }

  @Override
  public void added(Kobject object) {
    hear("added " + object.name());
  }

  @Override
  public void removed(Kobject object) {
    hear("removed " + object.name());
  }

  @Override
  public void moved(Device device) {
    hear("moved " + device.path());
  }

  @Override
  public void bound(Device device, Driver driver) {
    hear("bound " + device.name());
  }

  @Override
  public void unbound(Device device, Driver driver) {
    hear("unbound " + device.name());
  }

  @Override
  public void changed(Kobject object, String attribute) {
    hear("changed " + attribute);
  }
}
