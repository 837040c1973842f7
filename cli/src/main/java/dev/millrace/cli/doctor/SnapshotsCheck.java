package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.FoundTopic;
import dev.millrace.cli.doctor.Facts.Snapshot;
import dev.millrace.cli.output.Human;
import dev.millrace.schemas.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Whether what a replay needs is kept for as long as its snapshots are apart. */
final class SnapshotsCheck {
    private static final String CHECK = "snapshots";
    /** One may be missed. */
    private static final int INTERVALS_KEPT = 2;

    private SnapshotsCheck() {}

    static List<Finding> findings(
            Optional<List<Snapshot>> snapshots, List<FoundTopic> topics, Instant now, Asked asked) {
        Duration needed = asked.snapshotInterval().multipliedBy(INTERVALS_KEPT);
        String interval = Words.length(asked.snapshotInterval().toMillis());
        List<Finding> findings = new ArrayList<>();
        List<String> tooShort = topics.stream()
                .filter(SnapshotsCheck::isReplayed)
                .filter(topic -> topic.number("retention.ms") >= 0 && topic.number("retention.ms") < needed.toMillis())
                .map(FoundTopic::name)
                .toList();
        if (!tooShort.isEmpty()) {
            findings.add(Finding.fail(
                    CHECK,
                    Words.some(tooShort) + " keep their records for less than " + INTERVALS_KEPT
                            + " snapshot intervals of " + interval,
                    "a replay may not find what it begins with, and lost state can't be rebuilt",
                    asked.setForTopic("TOPIC", "retention.ms=" + needed.toMillis())));
        }
        snapshots.ifPresent(all -> findings.addAll(ages(all, partitions(topics), now, needed)));
        if (findings.isEmpty()) {
            findings.add(Finding.ok(
                    CHECK,
                    "inputs and journal are kept for at least " + INTERVALS_KEPT + " intervals of " + interval
                            + snapshots
                                    .map(all -> ", and no partition's newest snapshot is older")
                                    .orElse("")));
        }
        return findings;
    }

    private static boolean isReplayed(FoundTopic topic) {
        return topic.topic()
                .filter(t -> t == Topic.JOURNAL || Topic.inbound().contains(t))
                .isPresent();
    }

    private static int partitions(List<FoundTopic> topics) {
        return topics.stream()
                .filter(topic -> topic.topic().equals(Optional.of(Topic.JOURNAL)))
                .mapToInt(topic -> topic.partitions().size())
                .sum();
    }

    private static List<Finding> ages(List<Snapshot> snapshots, int partitions, Instant now, Duration needed) {
        Map<Integer, Instant> newest = new TreeMap<>();
        for (Snapshot snapshot : snapshots) {
            newest.merge(snapshot.partition(), snapshot.wall(), (one, other) -> one.isAfter(other) ? one : other);
        }
        List<String> late = new ArrayList<>();
        List<String> early = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            Instant wall = newest.get(partition);
            if (wall == null) {
                late.add("of partition " + partition + ": none");
            } else if (Duration.between(wall, now).compareTo(needed) > 0) {
                late.add("of partition " + partition + ": the newest is of " + Human.ago(wall, now));
            } else if (wall.isAfter(now.plus(ClocksCheck.TOLERATED))) {
                early.add("of partition " + partition + ": the newest is of " + wall + ", which is yet to come");
            }
        }
        List<Finding> findings = new ArrayList<>();
        if (!late.isEmpty()) {
            findings.add(Finding.warn(
                    CHECK,
                    Words.some(late),
                    "a replay begins far back, and if this goes on, what it needs will be deleted",
                    "see that millrace snapshot runs, and writes into this directory"));
        }
        if (!early.isEmpty()) {
            findings.add(Finding.warn(
                    CHECK,
                    Words.some(early),
                    "nobody can tell whether newer ones are still made",
                    "compare the brokers' clocks with this machine's; if they agree, see that millrace snapshot runs, and writes"
                            + " into this directory"));
        }
        return findings;
    }
}
