/// The `driverfs` command.
///
/// [Main] is a thin client: it passes its arguments to the daemon through a Unix socket and copies
/// the answer. The daemon parses them ([Driverfs] and the verbs) and does what they say to its
/// [World], which is put together in [Daemon]. Nothing here is public.
@NullMarked
package org.driverfs.app;

import org.jspecify.annotations.NullMarked;
