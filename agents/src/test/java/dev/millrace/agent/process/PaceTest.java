package dev.millrace.agent.process;

import static dev.millrace.agent.process.RunnerFixture.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final Duration PERIOD = Duration.ofMillis(250);

    private final Pace pace = new Pace();

    @Test
    void keepsToThePeriodOfWhatCostsLittle() {
        pace.begin();

        assertThat(pace.rest(Duration.ofHours(1))).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void restsForTwentyTimesWhatCostsMuch() {
        Duration cost = Duration.ofMillis(50);

        pace.begin();
        long endNs = cpuNs() + cost.toNanos();
        while (cpuNs() < endNs) {
            Thread.onSpinWait();
        }

        assertThat(pace.rest(PERIOD)).isGreaterThanOrEqualTo(cost.multipliedBy(20));
    }

    @Test
    void doesNotCountTheTimeForWhichItHadNoProcessor() {
        long startNs = System.nanoTime();

        pace.begin();
        awaitThat(() -> System.nanoTime() - startNs > 1_000_000_000);
        Duration rest = pace.rest(PERIOD);

        Duration took = Duration.ofNanos(System.nanoTime() - startNs);
        assertThat(rest).isLessThan(took.multipliedBy(10));
    }

    private static long cpuNs() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
