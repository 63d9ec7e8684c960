/// The system calls that Java lacks.
@NullMarked
package org.driverfs.posix;

import org.jspecify.annotations.NullMarked;
