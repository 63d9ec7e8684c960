/// What a driver author plugs in: a module, and what it gets from its host.
@NullMarked
package org.driverfs.model.spi;

import org.jspecify.annotations.NullMarked;
