/// The kernel's own devices as devices of the model.
@NullMarked
package org.driverfs.buses.linux;

import org.jspecify.annotations.NullMarked;
