package org.driverfs.app;

/// The life of a daemon's process.
final class Up {
  private Up() {}

  /// Starts a daemon, says so, and returns when it has ended.
  ///
  /// @return the exit status
  static int run(Session session, UpOptions options) throws Exception {
    Settings settings = Settings.of(options);
    Logging.setLevel(settings.logLevel());
    var daemon = new Daemon(settings);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> endWith(daemon), "end"));
    try {
      daemon.start();
      daemon.complaint().ifPresent(session::complain);
      session.out().print(daemon.welcome());
      session.out().flush();
      if (options.background()) {
        Detach.letGo(session);
      }
      Verbs.warmUp(daemon);
      daemon.awaitStop();
    } finally {
      daemon.stop();
    }
    return Verb.DONE;
  }

  /// A signal ends a daemon that runs well, and so the exit status is that of success.
  private static void endWith(Daemon daemon) {
    boolean ready = daemon.isReady();
    daemon.stop();
    if (ready) {
      Runtime.getRuntime().halt(Verb.DONE);
    }
  }
}
