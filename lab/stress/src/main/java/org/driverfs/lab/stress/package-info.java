/// What two threads may see of each other, tried millions of times (jcstress).
@org.jspecify.annotations.NullMarked
package org.driverfs.lab.stress;
