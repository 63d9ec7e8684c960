/// Configuration files and manifests: what is wrong in them is told with line and column.
@NullMarked
package org.driverfs.toml;

import org.jspecify.annotations.NullMarked;
