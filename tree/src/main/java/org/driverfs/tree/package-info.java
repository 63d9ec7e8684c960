/// Directories, files, links and open files.
@NullMarked
package org.driverfs.tree;

import org.jspecify.annotations.NullMarked;
