package dev.millrace.agent.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunTimeTest {

    @Test
    void readsEachKind() {
        assertThat(RunTime.parse("100ms")).isEqualTo(new RunTime.Fixed(100));
        assertThat(RunTime.parse("fixed:2s")).isEqualTo(new RunTime.Fixed(2_000));
        assertThat(RunTime.parse("uniform:50ms-1m")).isEqualTo(new RunTime.Uniform(50, 60_000));
        assertThat(RunTime.parse("exponential:1h")).isEqualTo(new RunTime.Exponential(3_600_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "100", "ms", "1.5s", "-1s", "9999999999ms", "uniform:1s", "uniform:2s-1s", "normal:1s"})
    void refusesWhatIsNoRunTime(String text) {
        assertThatThrownBy(() -> RunTime.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void drawsWithinTheRangeAndReachesItsEnds() {
        assertThat(draws(new RunTime.Uniform(3, 5))).containsOnly(3L, 4L, 5L);
        assertThat(draws(new RunTime.Fixed(7))).containsOnly(7L);
    }

    @Test
    void drawsExponentialTimesAroundTheirMean() {
        assertThat(LongStream.of(draws(new RunTime.Exponential(1_000)))
                        .average()
                        .orElseThrow())
                .isBetween(900.0, 1_100.0);
    }

    private static long[] draws(RunTime runTime) {
        SplittableRandom random = new SplittableRandom(1);
        return LongStream.range(0, 10_000).map(i -> runTime.drawMs(random)).toArray();
    }
}
