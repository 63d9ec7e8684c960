package org.driverfs.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// A driver that notes what it has, and whatever must not happen to it.
class Probes implements Driver.Callbacks {
  final Map<Device, Boolean> has = new ConcurrentHashMap<>();
  final AtomicInteger probes = new AtomicInteger();
  final AtomicInteger removes = new AtomicInteger();
  final AtomicInteger wrongs = new AtomicInteger();

  @Override
  public void probe(Device device, Context context) throws Exception {
    probes.incrementAndGet();
    if (has.put(device, true) != null) {
      wrongs.incrementAndGet();
    }
  }

  @Override
  public void remove(Device device) throws Exception {
    removes.incrementAndGet();
    if (has.remove(device) == null) {
      wrongs.incrementAndGet();
    }
  }

  final void assertAtRest() {
    assertThat(wrongs).as("probes twice, removes without probe").hasValue(0);
    assertThat(has).as("probed and not removed").isEmpty();
    assertThat(removes.get()).isEqualTo(probes.get());
  }
}
