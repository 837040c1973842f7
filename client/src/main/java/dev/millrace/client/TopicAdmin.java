package dev.millrace.client;

import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Makes a cluster's topics as the catalogue of {@link Topic}s has them, and compares what is there with it. Any thread may use it.
 */
public final class TopicAdmin implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int MIN_REPLICAS_FOR_MIN_INSYNC_2 = 3;

    private final ClusterConfig config;
    private final Topics topics;
    private final Admin admin;

    /**
     * A topic of the catalogue as it is on the brokers.
     *
     * @param topic the topic
     * @param name its whole name
     * @param partitions the number of partitions; 0 = the topic is missing
     * @param replicationFactor the number of replicas of each partition; 0 = the topic is missing
     * @param settings those settings that the catalogue prescribes, as they are; empty if the topic is missing
     */
    public record TopicInfo(
            Topic topic, String name, int partitions, int replicationFactor, SortedMap<String, String> settings) {
        public boolean exists() {
            return partitions > 0;
        }
    }

    public TopicAdmin(ClusterConfig config) {
        this.config = config;
        this.topics = config.topics();
        this.admin = Admin.create(config.adminProperties());
    }

    /**
     * Makes the topics that are missing, leaves those alone that are there, waits until all can be used, and publishes the schemas. It
     * may be repeated.
     *
     * @param partitions how many partitions the topics that are partitioned by pool get; it cannot be changed later
     * @param replicationFactor how many brokers keep each record
     * @return the whole names of the topics that were made
     * @throws ClusterException if the brokers refuse or cannot be reached, or some topic is there with another number of partitions
     */
    public List<String> create(int partitions, int replicationFactor) {
        if (partitions < 1 || partitions > 1_000) {
            throw new IllegalArgumentException("partitions is " + partitions + ": must be 1 to 1000");
        }
        if (replicationFactor < 1 || replicationFactor > 10) {
            throw new IllegalArgumentException("replicationFactor is " + replicationFactor + ": must be 1 to 10");
        }
        requirePartitions(partitions);
        List<NewTopic> wanted = new ArrayList<>();
        for (Topic topic : Topic.values()) {
            wanted.add(newTopic(topic, partitions, replicationFactor));
        }
        Map<String, KafkaFuture<Void>> futures = admin.createTopics(wanted).values();
        List<String> made = new ArrayList<>();
        for (NewTopic topic : wanted) {
            if (wasMade(topic.name(), futures)) {
                made.add(topic.name());
            }
        }
        NewTopics.awaitServed(
                admin, Arrays.stream(Topic.values()).map(topics::name).toList(), TIMEOUT);
        // Somebody else may have been quicker, with another number.
        requirePartitions(partitions);
        publishSchemas();
        return made;
    }

    /** Topics of different numbers of partitions are no cluster, and the number says where each pool's state lies. */
    private void requirePartitions(int partitions) {
        List<String> different = new ArrayList<>();
        descriptions().forEach((topic, description) -> {
            int actual = description.partitions().size();
            int wanted = topic.partitions(partitions);
            if (actual != wanted) {
                different.add(description.name() + " has " + actual + " partitions, not " + wanted);
            }
        });
        if (!different.isEmpty()) {
            throw new ClusterException(
                    "the topics cannot be made with " + partitions + " partitions, since others are there already: "
                            + String.join("; ", different)
                            + "; the number cannot be changed: ask for that of " + topics.name(Topic.TASK_REQUESTS)
                            + ", or choose another topic prefix",
                    null);
        }
    }

    /** Writes those schemas of this version to the {@code schemas} topic that it does not have. */
    public void publishSchemas() {
        SchemaPublisher.publish(config.consumerProperties(), config.producerProperties(), topics);
    }

    /** The catalogue's topics as they are on the brokers, in the order of the catalogue. */
    public List<TopicInfo> list() {
        Map<Topic, TopicDescription> descriptions = descriptions();
        Map<Topic, SortedMap<String, String>> settings = settings(descriptions.keySet());
        List<TopicInfo> infos = new ArrayList<>();
        for (Topic topic : Topic.values()) {
            TopicDescription description = descriptions.get(topic);
            String name = topics.name(topic);
            infos.add(
                    description == null
                            ? new TopicInfo(topic, name, 0, 0, new TreeMap<>())
                            : new TopicInfo(
                                    topic,
                                    name,
                                    description.partitions().size(),
                                    description.partitions().get(0).replicas().size(),
                                    settings.getOrDefault(topic, new TreeMap<>())));
        }
        return infos;
    }

    /** Compares the topics with the catalogue, and their numbers of partitions with that of {@code task-requests}. */
    public List<String> check() {
        return check(OptionalInt.empty());
    }

    /**
     * Compares the topics with the catalogue: whether they are there, their partitions, and each setting that it prescribes.
     *
     * @param partitions how many partitions the cluster should have been made with; empty = as many as {@code task-requests} has
     * @return every difference in words; empty if there is none
     */
    public List<String> check(OptionalInt partitions) {
        List<TopicInfo> infos = list();
        int clusterPartitions = partitions.orElseGet(() -> infos.stream()
                .filter(info -> info.topic() == Topic.TASK_REQUESTS)
                .mapToInt(TopicInfo::partitions)
                .sum());
        List<String> differences = new ArrayList<>();
        for (TopicInfo info : infos) {
            if (!info.exists()) {
                differences.add(info.name() + " is missing");
                continue;
            }
            int wanted = info.topic().partitions(clusterPartitions);
            if (clusterPartitions > 0 && info.partitions() != wanted) {
                differences.add(info.name() + " has " + info.partitions() + " partitions: must have " + wanted);
            }
            info.topic().settings().forEach((setting, value) -> {
                String actual = info.settings().get(setting);
                if (!value.equals(actual)) {
                    differences.add(info.name() + " has " + setting + "=" + actual + ": must have " + value);
                }
            });
        }
        return differences;
    }

    @Override
    public void close() {
        admin.close(TIMEOUT);
    }

    private NewTopic newTopic(Topic topic, int partitions, int replicationFactor) {
        Map<String, String> settings = new HashMap<>(topic.settings());
        if (replicationFactor >= MIN_REPLICAS_FOR_MIN_INSYNC_2) {
            // What was acknowledged survives the loss of any one broker, and one broker may be away.
            settings.put("min.insync.replicas", "2");
        }
        return new NewTopic(topics.name(topic), topic.partitions(partitions), (short) replicationFactor)
                .configs(settings);
    }

    private boolean wasMade(String name, Map<String, KafkaFuture<Void>> futures) {
        KafkaFuture<Void> future = futures.get(name);
        if (future == null) {
            throw new IllegalStateException("no answer about " + name);
        }
        try {
            await(future, "cannot make the topic " + name);
            return true;
        } catch (ClusterException e) {
            if (e.getCause() instanceof TopicExistsException) {
                return false;
            }
            throw e;
        }
    }

    private Map<Topic, TopicDescription> descriptions() {
        String failure = "cannot list the topics of " + config.bootstrapServers();
        Set<String> existing = await(admin.listTopics().names(), failure);
        List<String> names = Arrays.stream(Topic.values())
                .map(topics::name)
                .filter(existing::contains)
                .toList();
        Map<Topic, TopicDescription> descriptions = new EnumMap<>(Topic.class);
        await(admin.describeTopics(names).allTopicNames(), failure)
                .forEach((name, description) ->
                        descriptions.put(topics.topic(name).orElseThrow(), description));
        return descriptions;
    }

    private Map<Topic, SortedMap<String, String>> settings(Set<Topic> existing) {
        List<ConfigResource> resources = existing.stream()
                .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topics.name(topic)))
                .toList();
        Map<ConfigResource, Config> configs = await(
                admin.describeConfigs(resources).all(),
                "cannot read the settings of the topics of " + config.bootstrapServers());
        Map<Topic, SortedMap<String, String>> settings = new EnumMap<>(Topic.class);
        configs.forEach((resource, actual) -> {
            Topic topic = topics.topic(resource.name()).orElseThrow();
            SortedMap<String, String> prescribed = new TreeMap<>();
            for (String setting : topic.settings().keySet()) {
                ConfigEntry entry = actual.get(setting);
                prescribed.put(setting, entry == null ? "" : String.valueOf(entry.value()));
            }
            settings.put(topic, prescribed);
        });
        return settings;
    }

    private static <T> T await(Future<T> future, String whatCouldNotBeDone) {
        return ClusterException.await(future, TIMEOUT, whatCouldNotBeDone);
    }
}
