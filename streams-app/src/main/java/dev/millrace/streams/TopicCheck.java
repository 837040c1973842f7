package dev.millrace.streams;

import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.InboundTopics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Finds out what the broker has of the cluster's topics before anything is started, so that a missing or wrong one is named in one line
 * rather than by a dying stream thread, or not at all.
 */
public final class TopicCheck {
    /** What is noted beside the group's offsets in a partition while its state is recovered. */
    public static final String RECOVERING = "recovering";

    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final Topics topics;
    private final String bootstrapServers;

    public TopicCheck(Topics topics, String bootstrapServers) {
        this.topics = topics;
        this.bootstrapServers = bootstrapServers;
    }

    /** Why a scheduler would not start on the topics as they are, with what to do about it; empty if it would. */
    public Optional<String> refusal(Admin admin) {
        try {
            check(admin, Set.of());
            return Optional.empty();
        } catch (SchedulerException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /**
     * The topics as they are.
     *
     * @throws SchedulerException if the broker can't be asked, or a topic is missing, has another number of partitions than the
     *     catalogue says, or a setting with which the scheduler would lose or misjudge records
     */
    public FoundTopics check(Admin admin, Set<String> acceptedTopicIds) {
        Map<Topic, TopicDescription> found = describe(admin);
        List<String> missing = new ArrayList<>();
        for (Topic topic : Topic.values()) {
            if (!found.containsKey(topic)) {
                missing.add(topics.name(topic));
            }
        }
        if (!missing.isEmpty()) {
            throw new SchedulerException("there is no topic " + String.join(", ", missing) + " at " + bootstrapServers
                    + "; create them with: " + topics.command("topics create", bootstrapServers));
        }
        int partitions = partitions(found, Topic.TASK_REQUESTS);
        checkPartitions(found, partitions);
        checkSettings(admin);
        EnumMap<Topic, String> ids = new EnumMap<>(Topic.class);
        for (Topic topic : Topic.inbound()) {
            ids.put(topic, description(found, topic).topicId().toString());
        }
        return new FoundTopics(new InboundTopics(partitions, ids, acceptedTopicIds), replicas(found));
    }

    /**
     * Sees to it that no scheduler goes on in the middle of its topics with nothing in its stores, as if there had never been any tasks: Kafka
     * Streams would make changelogs that are gone anew without a word. A version that adds a store must except it at its first start.
     *
     * @throws SchedulerException if inputs were taken, and changelogs of what was made of them are gone
     */
    void requireState(Admin admin) {
        Map<TopicPartition, OffsetAndMetadata> offsets = await(
                admin.listConsumerGroupOffsets(topics.applicationId()).partitionsToOffsetAndMetadata(),
                "where the scheduler has read up to");
        if (offsets.values().stream().anyMatch(offset -> offset != null && RECOVERING.equals(offset.metadata()))) {
            throw new SchedulerException("a recovery of the scheduler's state was begun and has not ended; have it done"
                    + " with: " + topics.command("recover", bootstrapServers));
        }
        Map<TopicPartition, Long> journal = ends(admin, topics.name(Topic.JOURNAL));
        if (offsets.isEmpty() && journal.values().stream().allMatch(end -> end == 0)) {
            return;
        }
        Set<String> all = await(admin.listTopics().names(), "its topics");
        List<String> missing = Arrays.stream(Store.values())
                .map(topics::changelog)
                .filter(changelog -> !all.contains(changelog))
                .toList();
        if (!missing.isEmpty()) {
            throw new SchedulerException("inputs were taken, and what was stored of them is gone: there is no "
                    + String.join(", ", missing)
                    + "; have it rebuilt from the log with: " + topics.command("recover", bootstrapServers));
        }
        // Offsets of a group, and what is noted beside them, are forgotten if it is away for long.
        Map<TopicPartition, Long> stored = ends(admin, topics.changelog(Store.PARTITION));
        List<Integer> empty = journal.entrySet().stream()
                .filter(end -> end.getValue() > 0)
                .map(end -> end.getKey().partition())
                .filter(partition ->
                        stored.getOrDefault(new TopicPartition(topics.changelog(Store.PARTITION), partition), 0L) == 0)
                .sorted()
                .toList();
        if (!empty.isEmpty()) {
            throw new SchedulerException("inputs were taken, and what was stored of them is gone: the changelogs of the"
                    + " partitions " + empty + " are empty; have it rebuilt from the log with: "
                    + topics.command("recover", bootstrapServers));
        }
    }

    /** Where each partition of a topic ends. */
    private Map<TopicPartition, Long> ends(Admin admin, String topic) {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        Objects.requireNonNull(await(admin.describeTopics(List.of(topic)).allTopicNames(), topic)
                        .get(topic))
                .partitions()
                .forEach(
                        partition -> latest.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        await(admin.listOffsets(latest).all(), topic).forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    private void checkPartitions(Map<Topic, TopicDescription> found, int clusterPartitions) {
        List<String> wrong = new ArrayList<>();
        for (Topic topic : Topic.values()) {
            int expected = topic.partitions(clusterPartitions);
            int actual = partitions(found, topic);
            if (actual != expected) {
                wrong.add(topics.name(topic) + " has " + actual + " partitions and must have " + expected);
            }
        }
        if (!wrong.isEmpty()) {
            throw new SchedulerException(String.join("; ", wrong) + ", because " + topics.name(Topic.TASK_REQUESTS)
                    + " has " + clusterPartitions);
        }
    }

    private void checkSettings(Admin admin) {
        List<ConfigResource> resources = new ArrayList<>();
        for (Topic topic : Topic.values()) {
            resources.add(resource(topic));
        }
        Map<ConfigResource, Config> configs =
                await(admin.describeConfigs(resources).all(), "the settings of its topics");
        List<String> wrong = new ArrayList<>();
        for (Topic topic : Topic.values()) {
            Config actual = Objects.requireNonNull(configs.get(resource(topic)));
            settingsThatMatter(topic)
                    .forEach((setting, wanted) -> difference(topic, setting, wanted, value(actual, setting))
                            .ifPresent(wrong::add));
        }
        if (!wrong.isEmpty()) {
            throw new SchedulerException(String.join("; ", wrong)
                    + "; set each with: kafka-configs.sh --bootstrap-server " + bootstrapServers
                    + " --alter --entity-type topics --entity-name TOPIC --add-config SETTING=VALUE");
        }
    }

    /**
     * The settings on which it depends whether the scheduler decides rightly, with their values. Others, such as how long records are
     * kept, may differ from the catalogue.
     */
    private static Map<String, String> settingsThatMatter(Topic topic) {
        Map<String, String> settings = new HashMap<>();
        // A request is compacted away by the next one for its pool, a status by the next one of its task; what is known
        // of agents, pools and schemas must outlive any retention.
        settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, topic.settings().get(TopicConfig.CLEANUP_POLICY_CONFIG));
        // A record that the broker refuses fails the whole commit.
        settings.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, topic.settings().get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG));
        if (Topic.inbound().contains(topic)) {
            // The scheduler's time is made of these stamps, so no client may set them.
            settings.put(
                    TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                    topic.settings().get(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG));
        }
        return settings;
    }

    private Optional<String> difference(Topic topic, String setting, String wanted, String actual) {
        boolean atLeast = setting.equals(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
        boolean right = atLeast ? Long.parseLong(actual) >= Long.parseLong(wanted) : actual.equals(wanted);
        return right
                ? Optional.empty()
                : Optional.of(topics.name(topic) + " has " + setting + "=" + actual + " and must have "
                        + (atLeast ? "at least " : "") + wanted);
    }

    private static String value(Config config, String setting) {
        ConfigEntry entry = config.get(setting);
        if (entry == null || entry.value() == null) {
            throw new SchedulerException("the broker does not say what " + setting + " is");
        }
        return entry.value();
    }

    private ConfigResource resource(Topic topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topics.name(topic));
    }

    private Map<Topic, TopicDescription> describe(Admin admin) {
        List<String> names = new ArrayList<>();
        for (Topic topic : Topic.values()) {
            names.add(topics.name(topic));
        }
        Map<String, KafkaFuture<TopicDescription>> answers =
                admin.describeTopics(names).topicNameValues();
        EnumMap<Topic, TopicDescription> found = new EnumMap<>(Topic.class);
        for (Topic topic : Topic.values()) {
            KafkaFuture<TopicDescription> answer = answers.get(topics.name(topic));
            if (answer != null) {
                describe(topic, answer, found);
            }
        }
        return found;
    }

    private void describe(Topic topic, KafkaFuture<TopicDescription> answer, Map<Topic, TopicDescription> found) {
        try {
            found.put(topic, await(answer, "its topics"));
        } catch (SchedulerException e) {
            if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                throw e;
            }
        }
    }

    private <T> T await(Future<T> answer, String what) {
        try {
            return answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new SchedulerException(
                    "cannot ask " + bootstrapServers + " for " + what + ": " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new SchedulerException("cannot ask " + bootstrapServers + " for " + what + ": no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SchedulerException("interrupted while asking " + bootstrapServers + " for " + what, e);
        }
    }

    private static int replicas(Map<Topic, TopicDescription> found) {
        return Topic.inbound().stream()
                .flatMap(topic -> description(found, topic).partitions().stream())
                .mapToInt(partition -> partition.replicas().size())
                .min()
                .orElseThrow();
    }

    private static int partitions(Map<Topic, TopicDescription> found, Topic topic) {
        return description(found, topic).partitions().size();
    }

    private static TopicDescription description(Map<Topic, TopicDescription> found, Topic topic) {
        TopicDescription description = found.get(topic);
        if (description == null) {
            throw new IllegalStateException(topic + " was not described");
        }
        return description;
    }
}
