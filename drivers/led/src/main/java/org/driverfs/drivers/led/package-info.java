/// A driver module that is nothing but attributes.
@org.jspecify.annotations.NullMarked
package org.driverfs.drivers.led;
