/// What code of modules calls instead of what would end the JVM, or outlive the module.
@NullMarked
package org.driverfs.loader.trap;

import org.jspecify.annotations.NullMarked;
