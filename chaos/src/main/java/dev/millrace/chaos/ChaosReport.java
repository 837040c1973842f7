package dev.millrace.chaos;

import dev.millrace.chaos.check.Finding;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a run came to.
 *
 * @param settings what it was
 * @param took how long it took, with the start and the checks
 * @param done how many faults of each kind were done
 * @param skipped which kinds were left out, because this machine does not allow them
 * @param tally what was checked
 * @param findings what must not be; empty = the cluster stood it
 */
public record ChaosReport(
        ChaosSettings settings,
        Duration took,
        Map<FaultKind, Integer> done,
        List<FaultKind> skipped,
        Tally tally,
        List<Finding> findings) {
    private static final int SHOWN = 50;

    public ChaosReport {
        done = Map.copyOf(done);
        skipped = List.copyOf(skipped);
        findings = List.copyOf(findings);
    }

    /**
     * What was checked.
     *
     * @param tasks requests that were acknowledged
     * @param statuses statuses
     * @param attempts attempts that were placed
     * @param starts attempts that wrote down that they started
     * @param deadLetters dead letters
     * @param replayed inputs that were decided once more
     */
    public record Tally(int tasks, long statuses, long attempts, long starts, long deadLetters, long replayed) {}

    @Override
    public String toString() {
        String faults = done.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getValue() + " × " + entry.getKey().words())
                .collect(Collectors.joining(", "));
        String left = skipped.isEmpty()
                ? ""
                : "\n  left out here: " + skipped.stream().map(FaultKind::words).collect(Collectors.joining(", "));
        String found = findings.isEmpty()
                ? "nothing lost, nothing twice"
                : findings.size() + " findings; logs and data are in " + settings.directory()
                        + findings.stream()
                                .limit(SHOWN)
                                .map(finding -> "\n  " + finding)
                                .collect(Collectors.joining());
        return "chaos, seed " + settings.seed() + ", " + settings.layout().brokers() + " broker(s), " + took.toSeconds()
                + " s: " + faults + left + "\n  " + tally + "\n  " + found;
    }
}
