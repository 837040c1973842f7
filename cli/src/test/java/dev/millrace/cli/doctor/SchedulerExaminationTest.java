package dev.millrace.cli.doctor;

import static dev.millrace.cli.doctor.Given.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.doctor.Facts.Ticks;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How often ticks are looked at before anything is said of them. */
class SchedulerExaminationTest {
    private static final Ticks STILL =
            new Ticks(0, 1, Duration.ofMillis(250), Optional.of(NOW), Optional.of(NOW), NOW, NOW);
    private static final Ticks LATE = Given.ticks(0, Duration.ofSeconds(10));
    private static final Ticks AT_ONCE = Given.ticks(0, Duration.ofMillis(100));
    private static final Ticks AHEAD = Given.ticks(0, Duration.ofSeconds(-10));

    @Test
    void ticksAreLookedAtOnceIfTheyComeInTime() {
        assertThat(seen(3, AT_ONCE, LATE)).containsExactly(AT_ONCE);
    }

    @Test
    void ticksAreLookedAtAgainIfNoneHasCome() {
        assertThat(seen(3, STILL, STILL, AT_ONCE)).containsExactly(AT_ONCE);
    }

    @Test
    void ticksAreLookedAtAgainIfTheySeemToComeFromAClockThatIsBehind() {
        assertThat(seen(3, LATE, AT_ONCE)).containsExactly(AT_ONCE);
    }

    @Test
    void ticksAreNotLookedAtAgainIfTheyComeFromAClockThatIsAheadSinceTheyAreNeverEarly() {
        assertThat(seen(3, AHEAD, AT_ONCE)).containsExactly(AHEAD);
    }

    @Test
    void ticksAreNotLookedAtForEver() {
        assertThat(seen(3, STILL, STILL, LATE, AT_ONCE)).containsExactly(LATE);
    }

    /** What is said if a partition shows these, look after look. */
    private static List<Ticks> seen(long looks, Ticks... ticks) {
        Iterator<Ticks> shown = List.of(ticks).iterator();
        return SchedulerExamination.lookAgain(looks, () -> List.of(shown.next()));
    }
}
