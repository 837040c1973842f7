package dev.millrace.chaos;

import dev.millrace.chaos.check.Finding;
import dev.millrace.chaos.check.Finding.Kind;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.RecordReader;
import dev.millrace.client.Start;
import dev.millrace.contract.DeadLetter;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.replay.ReplayRange;
import dev.millrace.streams.replay.ReplayResult;
import dev.millrace.streams.replay.ReplayWatcher;
import dev.millrace.streams.replay.Replayer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;

/**
 * What a run has left on the topics, read from their beginnings.
 *
 * @param statuses all statuses, those of one pool in order
 * @param deadLetters all dead letters
 * @param replay what came of deciding everything once more
 */
record Evidence(List<TaskStatus> statuses, List<DeadLetter> deadLetters, ReplayResult replay) {
    private static final Duration POLL = Duration.ofMillis(500);

    static Evidence read(ClusterConfig config) {
        return new Evidence(
                read(config, Topic.TASK_STATUS, TaskStatus.class),
                read(config, Topic.DEAD_LETTERS, DeadLetter.class),
                new Replayer(config.topics(), config.consumerProperties(), Optional.empty())
                        .verify(ReplayRange.ALL, ReplayWatcher.NONE));
    }

    /** What is wrong with the dead letters, if there was poison at these places only. */
    List<Finding> deadLetterFindings(Set<String> poison) {
        List<Finding> findings = new ArrayList<>();
        Set<String> found = new HashSet<>();
        for (DeadLetter letter : deadLetters) {
            String place = Poison.place(letter.getTopic(), letter.getPartition(), letter.getOffset());
            if (!found.add(place)) {
                findings.add(new Finding(Kind.DEAD_LETTER, place + " became one twice"));
            } else if (!poison.contains(place)) {
                findings.add(new Finding(
                        Kind.DEAD_LETTER, place + " became one: " + letter.getReason() + ", " + letter.getDetail()));
            }
        }
        for (String place : poison) {
            if (!found.contains(place)) {
                findings.add(new Finding(Kind.DEAD_LETTER, place + " became none"));
            }
        }
        return findings;
    }

    /** What is wrong if a reader that was there all the time has seen these statuses of each pool. */
    List<Finding> historyFindings(Map<String, List<TaskStatus>> seen) {
        Map<String, List<TaskStatus>> now = new HashMap<>();
        statuses.forEach(status ->
                now.computeIfAbsent(status.getPool(), pool -> new ArrayList<>()).add(status));
        List<Finding> findings = new ArrayList<>();
        seen.forEach((pool, then) -> {
            List<TaskStatus> all = now.getOrDefault(pool, List.of());
            // The reader need not have come to the end yet.
            if (then.size() > all.size() || !then.equals(all.subList(0, then.size()))) {
                findings.add(new Finding(
                        Kind.CHANGED_HISTORY,
                        "a reader saw " + then.size() + " statuses of " + pool + ", and of the " + all.size()
                                + " that there are some are others"));
            }
        });
        return findings;
    }

    List<Finding> replayFindings() {
        return replay.partitions().stream()
                .filter(partition -> partition.outcome() != ReplayResult.Outcome.VERIFIED)
                .map(partition -> new Finding(Kind.NOT_VERIFIED, partition.toString()))
                .toList();
    }

    private static <T extends SpecificRecord> List<T> read(ClusterConfig config, Topic topic, Class<T> type) {
        List<T> records = new ArrayList<>();
        try (RecordReader reader = new RecordReader(
                config,
                List.of(topic),
                count -> IntStream.range(0, count).boxed().toList(),
                Start.beginning())) {
            do {
                reader.poll(POLL, record -> records.add(type.cast(record)));
            } while (!reader.reachedEnd());
        }
        return records;
    }
}
