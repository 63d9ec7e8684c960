package org.driverfs.lab.peers;

import java.util.ArrayList;
import java.util.List;
import org.apache.felix.framework.Logger;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkListener;

/// What Felix says, to its log and as events, kept instead of printed: it may name a culprit.
/// Thread-safe.
final class FelixLog extends Logger implements FrameworkListener {
  // Guarded by itself.
  private final List<String> texts = new ArrayList<>();

  /// What was said since this was asked last.
  List<String> take() {
    synchronized (texts) {
      List<String> taken = List.copyOf(texts);
      texts.clear();
      return taken;
    }
  }

  private void keep(String text) {
    synchronized (texts) {
      texts.add(text);
    }
  }

  @Override
  protected void doLog(int level, String message, @Nullable Throwable thrown) {
    keep(thrown == null ? message : message + ": " + thrown);
  }

  @Override
  public void frameworkEvent(FrameworkEvent event) {
    if (event.getType() == FrameworkEvent.ERROR || event.getType() == FrameworkEvent.WARNING) {
      keep("event of " + event.getBundle() + ": " + event.getThrowable());
    }
  }
}
