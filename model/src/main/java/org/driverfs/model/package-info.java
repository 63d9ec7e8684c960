/// Devices, drivers, buses, classes and modules.
@NullMarked
package org.driverfs.model;

import org.jspecify.annotations.NullMarked;
