/// A driver module that misbehaves: null where nobody may give it, too.
package org.driverfs.lab.chaos.driver;
