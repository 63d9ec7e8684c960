/// Who may use a thing, and until when.
@NullMarked
package org.driverfs.lifetime;

import org.jspecify.annotations.NullMarked;
