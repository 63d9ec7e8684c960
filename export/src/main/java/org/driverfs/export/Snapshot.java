package org.driverfs.export;

import java.util.Map;
import org.driverfs.errno.Errno;

/// What the files below a directory contained, read together.
///
/// The values of one object are read in one turn: a transaction of that object is in all of them or
/// in none. The snapshot is consistent if the model published no event from before the first value
/// was read until after the last: then nothing came, went or was said to have changed meanwhile.
/// What changes without anybody saying so, such as a counter, is as it was when it was read.
///
/// @param version the number of the model's last event before the first value was read
/// @param isConsistent whether that was still the last one afterwards; if it is not after several
///   attempts, the values are those of the last attempt
/// @param values by path below the directory
/// @param failures why the others could not be read, by path; a path with a slash at its end is a
///   directory that could not be listed
public record Snapshot(
    long version, boolean isConsistent, Map<String, byte[]> values, Map<String, Errno> failures) {}
