/// The system calls that Java lacks.
///
/// [SystemCalls] is the way in, and holds the calls of the hot path: they answer a negative error
/// number. All others throw a [org.driverfs.errno.DriverfsException] that names what they were
/// about. What is open is a [Descriptor].
@NullMarked
package org.driverfs.posix;

import org.jspecify.annotations.NullMarked;
