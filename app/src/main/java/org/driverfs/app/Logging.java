package org.driverfs.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.LoggerFactory;

/// Where the log goes: to standard error, which of a daemon in the background is a file. Found by
/// logback as a service, so that no configuration file is looked for and no XML is read.
public final class Logging extends ContextAwareBase implements Configurator {
  private static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger: %msg%n%ex";

  /// Called by logback.
  public Logging() {}

  /// Says what is worth a line from now on.
  static void setLevel(Settings.LogLevel level) {
    root((LoggerContext) LoggerFactory.getILoggerFactory()).setLevel(Level.valueOf(level.name()));
  }

  @Override
  public ExecutionStatus configure(LoggerContext loggers) {
    var encoder = new PatternLayoutEncoder();
    encoder.setContext(loggers);
    encoder.setPattern(PATTERN);
    encoder.start();
    var console = new ConsoleAppender<ILoggingEvent>();
    console.setContext(loggers);
    console.setTarget("System.err");
    console.setEncoder(encoder);
    console.start();
    root(loggers).addAppender(console);
    root(loggers).setLevel(Level.WARN);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static Logger root(LoggerContext loggers) {
    return loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }
}
