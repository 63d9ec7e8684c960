/// Evidence: what is measured, and against what.
@NullMarked
package org.driverfs.lab;

import org.jspecify.annotations.NullMarked;
