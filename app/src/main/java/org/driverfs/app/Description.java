package org.driverfs.app;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.driverfs.errno.DriverfsException;
import org.driverfs.model.Kobject;
import org.driverfs.model.RawAttribute;
import org.driverfs.model.Schema;
import org.driverfs.model.TextAttribute;
import org.driverfs.tree.Directory;
import org.driverfs.tree.File;
import org.driverfs.tree.Link;
import org.driverfs.tree.Node;

/// What a directory has, as JSON: an object with
///
/// - `path`, and `kind` if it represents something of the model (`device`, `driver` ...);
/// - `files`: of each its `name`, `mode` (octal), `type` (`text`, `integer`, `long`, `decimal`,
///   `boolean`, `enumeration` or `bytes`), whether it is `readable`, `writable` and `constant`, and
///   where they are known `min` and `max`, `values`, `max_length` (bytes), `size` (bytes), `unit`
///   and `description`;
/// - `groups`: by name, with `files`, `groups`, `links` and `directories` of their own;
/// - `links`: of each its `name` and where it leads `to`, or the `errno` that asking gave;
/// - `directories`: the names of those that represent other objects.
final class Description {
  /// The name that stands for this, below a directory.
  static final String QUERY = "?describe";

  private static final int READABLE = 0444;
  private static final int WRITABLE = 0222;

  private Description() {}

  static String of(Directory<?> directory) {
    Map<String, Object> about = new LinkedHashMap<>();
    about.put("path", directory.path());
    if (directory.object() instanceof Kobject object) {
      about.put("kind", object.kind());
    }
    about.putAll(contents(directory));
    return Json.write(about);
  }

  private static Map<String, Object> contents(Directory<?> directory) {
    List<Object> files = new ArrayList<>();
    Map<String, Object> groups = new LinkedHashMap<>();
    List<Object> links = new ArrayList<>();
    List<Object> directories = new ArrayList<>();
    for (Node node : World.sorted(directory)) {
      switch (node) {
        case File<?> file -> files.add(file(file));
        case Link link -> links.add(link(link));
        case Directory<?> group when group.isGroup() -> groups.put(group.name(), contents(group));
        case Directory<?> other -> directories.add(other.name());
      }
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("files", files);
    all.put("groups", groups);
    all.put("links", links);
    all.put("directories", directories);
    return all;
  }

  private static Map<String, Object> file(File<?> file) {
    int mode = file.access().mode();
    Map<String, Object> about = new LinkedHashMap<>();
    about.put("name", file.name());
    about.put("mode", "%04o".formatted(mode));
    about.put("type", file.entry().isRaw() ? "bytes" : "text");
    about.put("readable", (mode & READABLE) != 0);
    about.put("writable", (mode & WRITABLE) != 0);
    about.put("constant", file.entry().isConstant());
    switch (file.entry().origin().orElse(file)) {
      case TextAttribute<?> text -> addSchema(about, text.schema());
      case RawAttribute<?> raw -> addText(about, "description", raw.description());
      default -> {} // a file that is no attribute
    }
    if (file.entry().size() >= 0) {
      about.put("size", file.entry().size());
    }
    return about;
  }

  private static void addSchema(Map<String, Object> about, Schema schema) {
    about.put("type", schema.type().name());
    about.putAll(schema.type().limits());
    addText(about, "unit", schema.type().unit());
    addText(about, "description", schema.description());
  }

  private static void addText(Map<String, Object> about, String name, String text) {
    if (!text.isEmpty()) {
      about.put(name, text);
    }
  }

  private static Map<String, Object> link(Link link) {
    try {
      return Map.of("name", link.name(), "to", link.text());
    } catch (DriverfsException e) {
      return Map.of("name", link.name(), "errno", e.errno().toString());
    }
  }
}
