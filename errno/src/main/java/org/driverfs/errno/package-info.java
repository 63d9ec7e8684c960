/// What went wrong, with what, and what to do.
///
/// Every door of the house (mount, socket, java.nio) translates [DriverfsException] once, into its
/// own kind of error; nothing else is translated.
@NullMarked
package org.driverfs.errno;

import org.jspecify.annotations.NullMarked;
