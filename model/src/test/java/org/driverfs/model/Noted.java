package org.driverfs.model;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A driver that lets its devices sleep, and notes what it has been called for.
class Noted implements Driver.Callbacks, RuntimePower {
  final List<String> calls = new CopyOnWriteArrayList<>();

  @Override
  public void probe(Device device, Context context) throws Exception {
    calls.add("probe " + device.name());
  }

  @Override
  public void remove(Device device) {
    calls.add("remove " + device.name());
  }

  @Override
  public void suspend(Device device) {
    calls.add("suspend " + device.name());
  }

  @Override
  public void resume(Device device) throws Exception {
    calls.add("resume " + device.name());
  }
}
