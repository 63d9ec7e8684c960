/// The tree as a Linux mount.
@NullMarked
package org.driverfs.fuse;

import org.jspecify.annotations.NullMarked;
