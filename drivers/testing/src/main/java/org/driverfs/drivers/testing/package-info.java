/// What the tests of driver modules stand on.
@NullMarked
package org.driverfs.drivers.testing;

import org.jspecify.annotations.NullMarked;
