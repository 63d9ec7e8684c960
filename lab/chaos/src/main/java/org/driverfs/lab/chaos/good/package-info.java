/// Driver modules that behave.
@NullMarked
package org.driverfs.lab.chaos.good;

import org.jspecify.annotations.NullMarked;
