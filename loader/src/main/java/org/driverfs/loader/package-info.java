/// Driver modules: a jar in, a receipt out.
@NullMarked
package org.driverfs.loader;

import org.jspecify.annotations.NullMarked;
