package dev.millrace.bench.recovery;

import java.util.List;

/**
 * What was measured.
 *
 * @param settings what was asked for
 * @param toLaunchMs of each round, how long it took from SIGKILL until a launch of a task could be read that was submitted after the process
 *     was gone
 * @param processorMs of each round, how much processor time the process that was started in place of the killed one had taken by then, the
 *     start of its JVM included; empty where a standby took over, for then none is
 */
public record FailoverResult(FailoverSettings settings, List<Long> toLaunchMs, List<Long> processorMs) {
    public FailoverResult {
        if (toLaunchMs.isEmpty()) {
            throw new IllegalArgumentException("there must be a round");
        }
        toLaunchMs = List.copyOf(toLaunchMs);
        processorMs = List.copyOf(processorMs);
    }

    /** As many rounds took longer as took less; of an even number, the longer one of the two in the middle. */
    public long medianMs() {
        return Rounds.median(toLaunchMs);
    }

    /** The processor time of the round in the middle; there must be some. */
    public long medianProcessorMs() {
        return Rounds.median(processorMs);
    }

    /** The longest round. */
    public long maxMs() {
        return toLaunchMs.stream().mapToLong(Long::longValue).max().orElseThrow();
    }
}
