package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.Broker;
import dev.millrace.cli.doctor.Facts.Fitness;
import dev.millrace.cli.doctor.Facts.FoundPartition;
import dev.millrace.cli.doctor.Facts.FoundTopic;
import dev.millrace.cli.doctor.Facts.Group;
import dev.millrace.cli.doctor.Facts.Member;
import dev.millrace.cli.doctor.Facts.Snapshot;
import dev.millrace.cli.doctor.Facts.Ticks;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.topology.SchedulerTopology;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Facts about a cluster where all is well, of which tests change one. */
final class Given {
    static final Topics TOPICS = new Topics("millrace.");
    static final Asked ASKED =
            new Asked("kafka:9092", TOPICS, Duration.ofSeconds(6), Duration.ofHours(1), Optional.empty());
    static final Instant NOW = Instant.parse("2026-03-01T08:00:00Z");
    static final int PARTITIONS = 2;

    private Given() {}

    static List<Broker> brokers(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(id -> broker(id, "group.min.session.timeout.ms", "6000"))
                .toList();
    }

    /** A broker with stock settings but for one. */
    static Broker broker(int id, String setting, String value) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "group.min.session.timeout.ms", "6000",
                "group.max.session.timeout.ms", "1800000",
                "group.initial.rebalance.delay.ms", "3000",
                "transaction.max.timeout.ms", "900000",
                "transaction.abort.timed.out.transaction.cleanup.interval.ms", "10000",
                "broker.session.timeout.ms", "9000",
                "offsets.retention.minutes", "10080"));
        settings.put(setting, value);
        return new Broker(id, "kafka-" + id + ":9092", settings);
    }

    static FoundTopic topic(Topic topic, int replicas) {
        Map<String, String> settings = new HashMap<>(topic.settings());
        settings.put("min.insync.replicas", replicas > 2 ? "2" : "1");
        return new FoundTopic(TOPICS.name(topic), Optional.of(topic), partitions(replicas), settings, 0);
    }

    static FoundTopic topicWith(Topic topic, String setting, String value) {
        return with(topic(topic, 3), setting, value);
    }

    static FoundTopic changelog(Store store, int replicas) {
        return new FoundTopic(
                TOPICS.changelog(store),
                Optional.empty(),
                partitions(replicas),
                SchedulerTopology.changelogConfig(replicas),
                1024 * 1024);
    }

    static FoundTopic with(FoundTopic topic, String setting, String value) {
        Map<String, String> settings = new HashMap<>(topic.settings());
        settings.put(setting, value);
        return new FoundTopic(topic.name(), topic.topic(), topic.partitions(), settings, topic.bytes());
    }

    static List<FoundTopic> topics(int replicas) {
        return Arrays.stream(Topic.values())
                .map(topic -> topic(topic, replicas))
                .toList();
    }

    private static List<FoundPartition> partitions(int replicas) {
        return IntStream.range(0, PARTITIONS)
                .mapToObj(partition -> new FoundPartition(replicas, replicas, true))
                .toList();
    }

    /** A group with a stream thread of each of these instances, each on a host of its own. */
    static Group group(String... instances) {
        return new Group(
                "Stable",
                Arrays.stream(instances)
                        .map(instance -> new Member(instance, "host-of-" + instance))
                        .toList());
    }

    static Snapshot snapshot(int partition, Instant wall, Fitness fitness) {
        return new Snapshot(partition, partition + ".snapshot", wall, fitness);
    }

    /** Ticks that come, the newest so long before this machine's time. */
    static Ticks ticks(int partition, Duration age) {
        Instant newest = NOW.minus(age);
        return new Ticks(
                partition,
                1,
                Duration.ofMillis(250),
                Optional.of(newest.minusMillis(250)),
                Optional.of(newest),
                NOW,
                NOW.plusMillis(20));
    }
}
