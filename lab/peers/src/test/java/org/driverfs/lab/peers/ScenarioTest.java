package org.driverfs.lab.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/// What the tables stand on: each contender does its work, what goes wrong is seen, and driverfs
/// does what it claims.
@Timeout(60)
@SuppressWarnings("NullAway.Init") // set by JUnit
class ScenarioTest {
  @TempDir private Path directory;

  private Result run(Contender contender, Fault fault, int cycles) throws Exception {
    Host host = contender.open(directory);
    try {
      return Scenario.run(host, fault, 0, cycles);
    } finally {
      host.end();
    }
  }

  @ParameterizedTest
  @EnumSource
  void run_plugInIsInOrder_isCalledAndItsLoadersGo(Contender contender) throws Exception {
    Result result = run(contender, Fault.NONE, 3);
    assertThat(result.calls().answered()).isPositive();
    assertThat(result.remains().loaders()).isZero();
    assertThat(result.times().outs().longest())
        .isGreaterThanOrEqualTo(result.times().drains().longest());
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"DRIVERFS", "PF4J_LOCKED"})
  void run_callIsHeldAcrossTheUnloadOfWhoDoesNotWait_isACallIntoClosedCode(Contender contender)
      throws Exception {
    Result result = run(contender, Fault.STUCK_CALL, 1);
    assertThat(result.calls().late()).isPositive();
    assertThat(result.calls().failed()).isEqualTo(1);
    assertThat(result.calls().failure()).contains("NoClassDefFoundError");
    assertThat(result.isAnswered()).isFalse();
  }

  @Test
  void run_callIsHeldUnderTheHostsLock_isWaitedForAndNotNamed() throws Exception {
    Result result = run(Contender.PF4J_LOCKED, Fault.STUCK_CALL, 1);
    assertThat(result.calls().late()).isZero();
    assertThat(result.verdict(true)).isEqualTo("waited");
    assertThat(result.isAnswered()).isFalse();
  }

  @Test
  void run_callIsHeldInDriverfs_isNamedAndNotInClosedCode() throws Exception {
    Result result = run(Contender.DRIVERFS, Fault.STUCK_CALL, 1);
    assertThat(result.calls().late()).isZero();
    assertThat(result.calls().failed()).isZero();
    assertThat(result.verdict(true)).isEqualTo("waited, named");
    assertThat(result.remains().words()).singleElement().asString().contains("thread caller-");
  }

  @Test
  void run_driverfsUnderCallers_hasNoCallIntoClosedCode() throws Exception {
    Result result = run(Contender.DRIVERFS, Fault.NONE, 20);
    assertThat(result.calls().late()).as(result.calls().toString()).isZero();
    assertThat(result.calls().failed()).as(result.calls().toString()).isZero();
  }

  @Test
  void run_plugInLeavesAListenerWithAPeer_isLeft() throws Exception {
    Result result = run(Contender.FELIX, Fault.LISTENER, 1);
    assertThat(result.remains().loaders()).isEqualTo(1);
    assertThat(result.verdict(false)).isEqualTo("left");
  }

  @Test
  void isMet_driverfsHadDoneAsTheClassLoaderDoes_isFalse() throws Exception {
    Result result = run(Contender.PLAIN, Fault.LISTENER, 1);
    var report = new Report();
    report.addFault(Contender.PLAIN, Fault.LISTENER, result);
    assertThat(report.isMet()).isTrue();
    report.addFault(Contender.DRIVERFS, Fault.LISTENER, result);
    assertThat(report.isMet()).isFalse();
  }

  @Test
  void run_plugInLeavesAnMBeanWithDriverfs_isCleanedAndNamed() throws Exception {
    assertThat(run(Contender.DRIVERFS, Fault.MBEAN, 1).verdict(false)).isEqualTo("cleaned, named");
  }
}
