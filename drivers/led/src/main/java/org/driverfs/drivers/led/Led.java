package org.driverfs.drivers.led;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// One LED: how bright it is when it is on, and what switches it. Thread-safe, by its monitor.
final class Led {
  /// What switches an LED.
  enum Trigger {
    NONE,
    TIMER
  }

  private final ExecutorService tasks;
  private final Runnable changed;
  private int level;
  private boolean isOn = true;
  private int blinkMillis = 500;
  private @Nullable Future<?> blinking;

  /// @param tasks whose tasks end when the driver loses the device
  /// @param changed tells that the timer has changed the brightness
  Led(ExecutorService tasks, Runnable changed) {
    this.tasks = tasks;
    this.changed = changed;
  }

  synchronized int brightness() {
    return isOn ? level : 0;
  }

  synchronized void light(int newLevel) {
    level = newLevel;
    if (level == 0) {
      trigger(Trigger.NONE);
    }
  }

  synchronized Trigger trigger() {
    return blinking == null ? Trigger.NONE : Trigger.TIMER;
  }

  synchronized void trigger(Trigger trigger) {
    if (trigger == Trigger.TIMER && blinking == null) {
      blinking = tasks.submit(this::blink);
    } else if (trigger == Trigger.NONE && blinking != null) {
      blinking.cancel(true);
      blinking = null;
      isOn = true;
    }
  }

  synchronized int blinkMillis() {
    return blinkMillis;
  }

  synchronized void blinkMillis(int millis) {
    blinkMillis = millis;
  }

  private Void blink() throws InterruptedException {
    while (true) {
      Thread.sleep(blinkMillis());
      synchronized (this) {
        if (Thread.interrupted()) {
          throw new InterruptedException(); // cancelled after it had woken
        }
        isOn = !isOn;
      }
      changed.run(); // with no lock: whoever hears of it may read the brightness
    }
  }
}
