package org.driverfs.model;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.driverfs.lifetime.ContextThread;
import org.driverfs.model.Operation.Kind;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// What a call through the gate costs, and what part of that is counting, beside the bare call. In
/// the package of the model, to count without the rest of the gate.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "-XX:+UseSerialGC")
@SuppressWarnings("NullAway.Init") // by the harness
public class GateCall {
  private static final Operation SHOW = new Operation(Kind.SHOW, "value");
  private static final double MOST_NANOS = 100;

  private final Model model = new Model();
  private final String value = "42";
  private final Gate.Callback<String> show = () -> value;
  private Driver driver;
  private Driver jarsDriver;
  private Device device;

  /// For the harness.
  public GateCall() {}

  /// Registers a device that is bound to a driver of a module.
  @Setup
  public void register() {
    var bus = new Bus("bench");
    model.register(bus);
    driver = driver(bus, "bench");
    jarsDriver = driver(bus, "jar");
    model.host().loadedBy(jarsDriver.owner().orElseThrow(), new URLClassLoader(new URL[0]));
    device = Device.builder("device").bus(bus).build();
    model.register(device);
  }

  private Driver driver(Bus bus, String name) {
    var module = new Module(name, "1");
    model.register(module);
    Driver made = Driver.builder(name, bus, (_, _) -> {}).owner(module).build();
    model.register(made);
    return made;
  }

  /// The callback alone.
  @Benchmark
  public String bare() throws Exception {
    return show.call();
  }

  /// What the gate does to count a call, and nothing else of it.
  @Benchmark
  public String counted() throws Exception {
    long since = System.nanoTime();
    String shown = show.call();
    driver.counter(SHOW.kind()).count(System.nanoTime() - since, false);
    return shown;
  }

  /// Through the gate, for somebody who has the driver pinned: a read of an open file.
  @Benchmark
  public String pinned() {
    return model.gate().callPinned(driver, device, SHOW, show);
  }

  /// Through the gate, which pins the module: a probe.
  @Benchmark
  public String whole() {
    return model.gate().call(driver, device, SHOW, show);
  }

  /// The same for a module with a class loader of its own, as every jar has, in a thread of the
  /// framework.
  @Benchmark
  @Fork(
      jvmArgsAppend = {
        "-Djmh.executor=CUSTOM",
        "-Djmh.executor.class=org.driverfs.model.GateCall$ContextThreads"
      })
  public String ofAJar() {
    return model.gate().call(jarsDriver, device, SHOW, show);
  }

  /// The same in a thread of the host's.
  @Benchmark
  public String ofAJarInThreadOfHost() {
    return model.gate().call(jarsDriver, device, SHOW, show);
  }

  /// For the harness.
  public static final class ContextThreads extends ThreadPoolExecutor {
    /// As many as the harness asks for.
    public ContextThreads(int most, String prefix) {
      super(
          most,
          most,
          0,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          body -> new ContextThread(prefix, body));
    }
  }

  /// Runs all of it for each number of threads, and says what the counters and the gate add.
  ///
  /// @param args numbers of threads; without any, 1 and 2
  public static void main(String[] args) throws Exception {
    for (String threads : args.length == 0 ? List.of("1", "2") : List.of(args)) {
      var options =
          new OptionsBuilder()
              .include(GateCall.class.getName())
              .threads(Integer.parseInt(threads))
              .build();
      tell(threads, new Runner(options).run());
    }
  }

  private static void tell(String threads, Collection<RunResult> results) {
    double bare = median(results, "bare");
    double counters = median(results, "counted") - bare;
    System.out.printf(
        "%s threads: bare %.1f ns, counters add %.1f ns (below %.0f: %s), gate adds %.1f ns,"
            + " gate with pin adds %.1f ns%n%n",
        threads,
        bare,
        counters,
        MOST_NANOS,
        counters < MOST_NANOS ? "met" : "NOT met",
        median(results, "pinned") - bare,
        median(results, "whole") - bare);
  }

  private static double median(Collection<RunResult> results, String name) {
    return results.stream()
        .filter(result -> result.getPrimaryResult().getLabel().equals(name))
        .mapToDouble(result -> result.getPrimaryResult().getStatistics().getPercentile(50))
        .findFirst()
        .orElseThrow();
  }
}
