package org.driverfs.lab.peers;

import java.util.concurrent.Callable;
import org.pf4j.ExtensionPoint;

/// The extension point of PF4J that the plug-in's job is for. Public, since the plug-in has another
/// class loader.
public interface Pf4jPoint extends Callable<String>, ExtensionPoint {}
