package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClocksTest {
    private final Clocks clocks = new Clocks();

    @Test
    void growsByTheTimeBetweenTicks() {
        clocks.tick(1_000, 250);
        clocks.tick(1_300, 250);

        assertThat(clocks.elapsedMs()).isEqualTo(300);
        assertThat(clocks.wallMs()).isEqualTo(1_300);
    }

    @Test
    void agesNothingThroughAnOutage() {
        clocks.tick(1_000, 250);
        clocks.tick(3_600_000, 250);

        assertThat(clocks.elapsedMs()).isEqualTo(500);
    }

    @Test
    void neverRunsBackwardsWhateverTheBrokersClockDoes() {
        clocks.tick(10_000, 250);
        clocks.tick(4_000, 250);
        clocks.tick(4_250, 250);

        assertThat(clocks.elapsedMs()).isEqualTo(250);
        assertThat(clocks.wallMs()).isEqualTo(4_250);
    }

    @Test
    void datesWhatComesBeforeTheFirstTickByTheFirstInput() {
        Outbox out = new Outbox();

        clocks.begin(7_000, out);
        clocks.begin(8_000, out);

        assertThat(clocks.wallMs()).isEqualTo(7_000);
        assertThat(clocks.elapsedMs()).isZero();
        assertThat(out.changes()).hasSize(1);
    }
}
