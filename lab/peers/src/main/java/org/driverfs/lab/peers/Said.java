package org.driverfs.lab.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// What a system says through java.util.logging, kept instead of printed: it may name a culprit.
/// Thread-safe.
final class Said extends Handler {
  private static final int MOST = 1_000;

  private final Logger logger;

  // Guarded by itself.
  private final List<String> texts = new ArrayList<>();

  /// @param name of the logger above all those of the system
  Said(String name) {
    this.logger = Logger.getLogger(name);
    logger.setUseParentHandlers(false);
    logger.setLevel(Level.INFO);
    logger.addHandler(this);
  }

  /// What was said since this was asked last.
  List<String> take() {
    synchronized (texts) {
      List<String> taken = List.copyOf(texts);
      texts.clear();
      return taken;
    }
  }

  @Override
  public void publish(LogRecord message) {
    Throwable thrown = message.getThrown();
    synchronized (texts) {
      if (texts.size() < MOST) {
        texts.add(message.getMessage() + (thrown == null ? "" : ": " + thrown));
      }
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setLevel(null);
    logger.setUseParentHandlers(true);
  }
}
