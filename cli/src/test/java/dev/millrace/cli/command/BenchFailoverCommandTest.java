package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.bench.recovery.FailoverResult;
import dev.millrace.bench.recovery.FailoverSettings;
import dev.millrace.bench.recovery.Victim;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchFailoverCommandTest {
    @Test
    void givesTheProcessorTimeOfWhatWasStartedAndNoneWhereAStandbyTookOver() {
        assertThat(text(Victim.SCHEDULER, List.of(4_000L, 5_000L, 6_000L)))
                .isEqualTo("SIGKILL to the next launch, 1,000 tasks waiting: median 2 ms, longest 3 ms, of [1, 2, 3];"
                        + " processor time of what was started: median 5,000 ms");
        assertThat(text(Victim.SCHEDULER_WITH_STANDBY, List.of()))
                .isEqualTo("SIGKILL to the next launch, 1,000 tasks waiting: median 2 ms, longest 3 ms, of [1, 2, 3]");
    }

    private static String text(Victim victim, List<Long> processorMs) {
        var settings = new FailoverSettings(victim, 1_000, 10, 3, "Main", List.of());
        return BenchFailoverCommand.text(new FailoverResult(settings, List.of(1L, 2L, 3L), processorMs));
    }
}
