package org.driverfs.loader;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What can be said of a module.
///
/// @param label what it is called here
/// @param file where it came from; null if from no jar
/// @param text description, author and licence
public record ModuleInfo(
    String label,
    String version,
    String state,
    long users,
    List<String> holders,
    @Nullable Path file,
    List<String> text,
    List<String> depends,
    List<String> aliases,
    Map<String, String> parameters) {}
