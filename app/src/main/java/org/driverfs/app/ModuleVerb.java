package org.driverfs.app;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.driverfs.errno.DriverfsException;
import org.driverfs.errno.Errno;
import org.driverfs.loader.Modules;
import org.driverfs.loader.Receipt;

/// What verbs about modules have in common.
abstract class ModuleVerb extends Verb {
  final Modules modules() {
    return daemon().world().modules();
  }

  final void print(Receipt receipt, boolean json) {
    if (json) {
      session().out().println(ReceiptJson.of(receipt));
    } else {
      session().out().print(receipt.text());
    }
  }

  /// Parameters that were written as `NAME=VALUE`.
  ///
  /// @throws DriverfsException EINVAL for something else
  static Map<String, String> parameters(List<String> words) {
    Map<String, String> all = new LinkedHashMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals < 1) {
        throw new DriverfsException(Errno.EINVAL, word, "is no parameter; write it as NAME=VALUE");
      }
      if (all.put(word.substring(0, equals), word.substring(equals + 1)) != null) {
        throw new DriverfsException(Errno.EINVAL, word, "is given twice");
      }
    }
    return all;
  }
}
