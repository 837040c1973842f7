package dev.millrace.bench.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RoundsTest {
    @Test
    void takesTheRoundInTheMiddle() {
        assertThat(Rounds.median(List.of(30L, 10L, 20L))).isEqualTo(20);
    }

    @Test
    void takesTheLongerOneOfTwoInTheMiddle() {
        assertThat(Rounds.median(List.of(40L, 10L, 30L, 20L))).isEqualTo(30);
    }

    @Test
    void countsByTheRoundInTheMiddle() {
        assertThat(Rounds.perSecond(500, List.of(100L, 500L, 250L))).isEqualTo(2_000);
    }
}
