package dev.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class CrashLoopBreakerTest {
    private static final OptionalInt NO_PARTITION = OptionalInt.empty();

    private long nowNanos;
    private final CrashLoopBreaker breaker = new CrashLoopBreaker(() -> nowNanos);

    @Test
    void tripsWhenAPartitionFailsOverAndOver() {
        assertThat(failuresUntilItTrips(OptionalInt.of(3))).isEqualTo(CrashLoopBreaker.MAX_FAILURES);
    }

    @Test
    void partitionsAreCountedApart() {
        fail(OptionalInt.of(0), CrashLoopBreaker.MAX_FAILURES - 1);

        assertThat(failuresUntilItTrips(OptionalInt.of(1))).isEqualTo(CrashLoopBreaker.MAX_FAILURES);
    }

    @Test
    void whatAPartitionCommittedSinceClearsItsFailures() {
        breaker.ready(0, 100);
        fail(OptionalInt.of(0), CrashLoopBreaker.MAX_FAILURES - 1);

        breaker.ready(0, 101);

        assertThat(failuresUntilItTrips(OptionalInt.of(0))).isEqualTo(CrashLoopBreaker.MAX_FAILURES);
    }

    @Test
    void beingRebuiltAloneClearsNothing() {
        breaker.ready(0, 100);
        fail(OptionalInt.of(0), CrashLoopBreaker.MAX_FAILURES - 1);

        breaker.ready(0, 100);

        assertThat(failuresUntilItTrips(OptionalInt.of(0))).isOne();
    }

    @Test
    void whatSomePartitionCommittedSaysNothingOfFailuresOfNone() {
        fail(NO_PARTITION, CrashLoopBreaker.MAX_FAILURES - 1);

        breaker.ready(0, 100);
        breaker.ready(0, 200);

        assertThat(failuresUntilItTrips(NO_PARTITION)).isOne();
    }

    @Test
    void whatIsLongPastDoesNotCount() {
        fail(NO_PARTITION, CrashLoopBreaker.MAX_FAILURES - 1);

        nowNanos += CrashLoopBreaker.WINDOW.toNanos() + 1;

        assertThat(failuresUntilItTrips(NO_PARTITION)).isEqualTo(CrashLoopBreaker.MAX_FAILURES);
    }

    @Test
    void tripsWhenTicksFailInARowUntilOneIsTaken() {
        for (int i = 1; i < CrashLoopBreaker.MAX_TICK_FAILURES; i++) {
            assertThat(breaker.tickFailed(0)).isFalse();
        }
        breaker.ticked(1);
        assertThat(breaker.tickFailed(0)).isTrue();

        breaker.ticked(0);
        assertThat(breaker.tickFailed(0)).isFalse();
    }

    private void fail(OptionalInt partition, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(breaker.failed(partition)).isFalse();
        }
    }

    private int failuresUntilItTrips(OptionalInt partition) {
        int failures = 1;
        while (!breaker.failed(partition)) {
            failures++;
        }
        return failures;
    }
}
