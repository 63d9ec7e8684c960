/// A daemon, generated modules that misbehave in each callback, and who judges whether anybody else
/// notices.
@NullMarked
package org.driverfs.lab.chaos;

import org.jspecify.annotations.NullMarked;
