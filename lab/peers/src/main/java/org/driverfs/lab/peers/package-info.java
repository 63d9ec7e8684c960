/// One scenario against driverfs and its peers: systems that load and unload code in a JVM.
@NullMarked
package org.driverfs.lab.peers;

import org.jspecify.annotations.NullMarked;
