package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.Fitness;
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
import java.util.stream.Collectors;

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
        snapshots.ifPresent(all -> findings.addAll(ages(all, partitions(topics), now, needed, asked)));
        snapshots.ifPresent(all -> findings.addAll(unfit(all, asked)));
        if (findings.isEmpty()) {
            findings.add(Finding.ok(
                    CHECK,
                    "inputs and journal are kept for at least " + INTERVALS_KEPT + " intervals of " + interval
                            + snapshots
                                    .map(
                                            all ->
                                                    ", no partition's newest snapshot is older, and the journal goes on from each")
                                    .orElse("")));
        }
        return findings;
    }

    private static List<Finding> unfit(List<Snapshot> snapshots, Asked asked) {
        List<Finding> findings = new ArrayList<>();
        List<String> foreign = files(snapshots, Fitness.FOREIGN);
        if (!foreign.isEmpty()) {
            findings.add(Finding.fail(
                    CHECK,
                    "the journal does not go on from " + Words.some(foreign),
                    "no replay begins with what is of another cluster, or of this one before it was made anew, or older than"
                            + " what is left of the journal; without one that fits, lost state may not be rebuilt",
                    "name this cluster's directory, or have one made: " + asked.millrace("snapshot follow OTHER_DIR")));
        }
        List<String> damaged = files(snapshots, Fitness.DAMAGED);
        if (!damaged.isEmpty()) {
            findings.add(Finding.warn(
                    CHECK,
                    Words.some(damaged) + " can't be read, or not to the end",
                    "a replay passes over it, and begins with an older one",
                    "move what is damaged away, and look at the disk"));
        }
        return findings;
    }

    private static List<String> files(List<Snapshot> snapshots, Fitness fitness) {
        return snapshots.stream()
                .filter(snapshot -> snapshot.fitness() == fitness)
                .map(Snapshot::file)
                .toList();
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

    private static List<Finding> ages(
            List<Snapshot> snapshots, int partitions, Instant now, Duration needed, Asked asked) {
        Map<Integer, Instant> newest =
                snapshots.stream().collect(Collectors.toMap(Snapshot::partition, Snapshot::wall));
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
                    "see that it is written into this directory: " + asked.millrace("snapshot follow DIR")));
        }
        if (!early.isEmpty()) {
            findings.add(Finding.warn(
                    CHECK,
                    Words.some(early),
                    "nobody can tell whether newer ones are still made",
                    "compare the brokers' clocks with this machine's; if they agree, see that it is written into this"
                            + " directory: " + asked.millrace("snapshot follow DIR")));
        }
        return findings;
    }
}
