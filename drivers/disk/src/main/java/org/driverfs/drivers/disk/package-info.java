/// A driver module for devices of the kernel.
@org.jspecify.annotations.NullMarked
package org.driverfs.drivers.disk;
