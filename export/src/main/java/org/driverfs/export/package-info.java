/// The bindings between the model and the tree.
@NullMarked
package org.driverfs.export;

import org.jspecify.annotations.NullMarked;
