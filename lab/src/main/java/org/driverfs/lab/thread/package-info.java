/// The ways to keep a driver from going away under its callers that were proposed in July 2002, and
/// this project's, side by side.
@org.jspecify.annotations.NullMarked
package org.driverfs.lab.thread;
