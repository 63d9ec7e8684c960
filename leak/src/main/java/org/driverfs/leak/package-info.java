/// What keeps the classes of a module from going, read from a heap dump.
@NullMarked
package org.driverfs.leak;

import org.jspecify.annotations.NullMarked;
