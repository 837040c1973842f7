package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.Group;
import dev.millrace.cli.doctor.Facts.Progress;
import dev.millrace.cli.doctor.Facts.Ticks;
import dev.millrace.cli.output.Human;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether time goes on in every partition, and the scheduler keeps up with what it is asked. */
final class AliveCheck {
    private static final String CHECK = "progress";
    /** Some seconds' worth of work. */
    private static final long MUCH = 20_000;

    private AliveCheck() {}

    static List<Finding> findings(Group group, List<Ticks> ticks, List<Progress> progress, Instant now, Asked asked) {
        if (group.members().isEmpty() || ticks.isEmpty()) {
            return List.of();
        }
        Map<Integer, Long> lags = progress.stream()
                .collect(Collectors.groupingBy(Progress::partition, Collectors.summingLong(Progress::lag)));
        Set<Integer> taking = progress.stream()
                .filter(Progress::moves)
                .map(Progress::partition)
                .collect(Collectors.toSet());
        List<Finding> findings = new ArrayList<>();
        for (Ticks partition : ticks) {
            long lag = lags.getOrDefault(partition.partition(), 0L);
            // Behind a large backlog ticks may wait for long, and it is enough if that is being taken.
            boolean goesOn = partition.moves() || (lag >= MUCH && taking.contains(partition.partition()));
            if (!goesOn) {
                String last =
                        partition.newest().map(time -> Human.ago(time, now)).orElse("never");
                findings.add(Finding.fail(
                        CHECK,
                        "partition " + partition.partition() + " stands still: its last tick was sent " + last
                                + (lag >= MUCH ? ", and it is " + lag + " inputs behind" : ""),
                        "nothing is decided for its pools",
                        "see the log of the scheduler that has it: "
                                + asked.kafka(
                                        "kafka-consumer-groups",
                                        "--describe --members --verbose --group "
                                                + asked.topics().applicationId())));
            } else if (lag >= MUCH) {
                findings.add(Finding.warn(
                        CHECK,
                        "partition " + partition.partition() + " is " + lag + " inputs behind",
                        "what is asked now is decided later",
                        "if it does not become less, spread pools over more partitions and schedulers"));
            }
        }
        if (findings.isEmpty()) {
            long most = lags.values().stream().mapToLong(Long::longValue).max().orElse(0);
            findings.add(Finding.ok(
                    CHECK,
                    "time goes on in " + Words.count(ticks.size(), "partition") + ", at most "
                            + Words.count(most, "input") + " behind"));
        }
        return findings;
    }
}
