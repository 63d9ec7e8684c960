@org.jspecify.annotations.NullMarked
package org.driverfs.drivers.onewire;
