package org.driverfs.app;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.driverfs.loader.Receipt;

/// A receipt as a JSON object: the names of its text, times in nanoseconds, memory in bytes.
final class ReceiptJson {
  private ReceiptJson() {}

  static String of(Receipt receipt) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("receipt", receipt.number());
    all.put("module", receipt.subject().name());
    all.put("version", receipt.subject().version());
    all.put("generation", receipt.subject().generation());
    all.put("way", receipt.course().way());
    all.put("began", receipt.course().began());
    all.put("users", receipt.course().users());
    all.put("drained_ns", receipt.course().drained().toNanos());
    all.put("unloaded_ns", receipt.course().took().toNanos());
    all.put("released", receipt.findings().released());
    all.put("forced", receipt.findings().forced());
    all.put("left", receipt.findings().left());
    all.put("collected", receipt.collection().state().name().toLowerCase(Locale.ROOT));
    all.put("collected_ns", receipt.collection().after().toNanos());
    all.put("heap_before", receipt.collection().before().heap());
    all.put("heap_after", receipt.collection().now().heap());
    all.put("metaspace_before", receipt.collection().before().metaspace());
    all.put("metaspace_after", receipt.collection().now().metaspace());
    return Json.write(all);
  }
}
