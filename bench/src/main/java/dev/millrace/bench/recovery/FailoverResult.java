package dev.millrace.bench.recovery;

import java.util.List;

/**
 * What was measured.
 *
 * @param settings what was asked for
 * @param toLaunchMs of each round, how long it took from SIGKILL until a launch of a task could be read that was submitted after the process
 *     was gone
 */
public record FailoverResult(FailoverSettings settings, List<Long> toLaunchMs) {
    public FailoverResult {
        if (toLaunchMs.isEmpty()) {
            throw new IllegalArgumentException("there must be a round");
        }
        toLaunchMs = List.copyOf(toLaunchMs);
    }

    /** As many rounds took longer as took less; of an even number, the longer one of the two in the middle. */
    public long medianMs() {
        return Rounds.median(toLaunchMs);
    }

    /** The longest round. */
    public long maxMs() {
        return toLaunchMs.stream().mapToLong(Long::longValue).max().orElseThrow();
    }
}
