package dev.millrace.cli.doctor;

import dev.millrace.cli.doctor.Facts.Broker;
import dev.millrace.cli.doctor.Facts.Features;
import dev.millrace.cli.doctor.Facts.Fitness;
import dev.millrace.cli.doctor.Facts.FoundTopic;
import dev.millrace.cli.doctor.Facts.OpenTransaction;
import dev.millrace.cli.doctor.Facts.Snapshot;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.TopicAdmin;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.TopicCheck;
import dev.millrace.streams.replay.Replayer;
import dev.millrace.streams.replay.SnapshotFile;
import dev.millrace.streams.replay.Snapshots;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.SupportedVersionRange;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/**
 * Asks the brokers for all that the checks want to know, and runs these. It writes to no topic and changes nothing. One thread uses it.
 */
public final class Examination implements AutoCloseable {
    private final ClusterConfig config;
    private final Asked asked;
    private final Clock clock;
    private final Admin admin;
    private final Answers answers;

    /** An examination of that cluster; the clock is this machine's. */
    public Examination(ClusterConfig config, Asked asked, Clock clock) {
        this.config = config;
        this.asked = asked;
        this.clock = clock;
        this.admin = Admin.create(config.adminProperties());
        this.answers = new Answers(asked.bootstrapServers());
    }

    /**
     * Looks at everything once; takes a few seconds.
     *
     * @throws IOException if the directory of snapshots can't be read
     */
    public List<Finding> findings() throws IOException {
        Facts facts = facts();
        return Diagnosis.of(facts, asked, clock.instant());
    }

    private Facts facts() throws IOException {
        Optional<String> refusal = new TopicCheck(asked.topics(), asked.bootstrapServers()).refusal(admin);
        List<FoundTopic> topics = new TopicExamination(admin, answers, asked.topics()).topics();
        var scheduler = new SchedulerExamination(admin, answers, asked.topics(), clock, topics);
        var takenBefore = scheduler.committed();
        try (var recent = new RecentRecords(config)) {
            var ticks = scheduler.ticks(recent.tickIntervals());
            return new Facts(
                    brokers(),
                    features(),
                    refusal,
                    differences(),
                    topics,
                    scheduler.group(),
                    scheduler.progress(takenBefore),
                    ticks,
                    transactions(topics),
                    recent.agentClocks(),
                    recent.poison(),
                    recent.behaviours(),
                    recent.lossLimits(),
                    snapshots(topics));
        }
    }

    private List<Broker> brokers() {
        List<Node> nodes = new ArrayList<>(answers.get(admin.describeCluster().nodes(), "its brokers"));
        nodes.sort(Comparator.comparingInt(Node::id));
        Map<ConfigResource, Config> configs = answers.get(
                admin.describeConfigs(nodes.stream().map(Examination::resource).toList())
                        .all(),
                "its brokers' settings");
        return nodes.stream()
                .map(node -> new Broker(
                        node.id(), node.host() + ":" + node.port(), Answers.settings(configs.get(resource(node)))))
                .toList();
    }

    private static ConfigResource resource(Node node) {
        return new ConfigResource(ConfigResource.Type.BROKER, node.idString());
    }

    private Features features() {
        FeatureMetadata features = answers.get(admin.describeFeatures().featureMetadata(), "its versions");
        FinalizedVersionRange transactions = features.finalizedFeatures().get("transaction.version");
        SupportedVersionRange metadata = features.supportedFeatures().get("metadata.version");
        return new Features(
                transactions == null ? 0 : transactions.maxVersionLevel(),
                metadata == null ? 0 : metadata.maxVersion());
    }

    private List<String> differences() {
        try (var topicAdmin = new TopicAdmin(config)) {
            return topicAdmin.check();
        }
    }

    private List<OpenTransaction> transactions(List<FoundTopic> topics) {
        List<TopicPartition> partitions = topics.stream()
                .flatMap(topic -> TopicExamination.ledPartitions(topic).stream())
                .toList();
        List<OpenTransaction> open = new ArrayList<>();
        answers.get(admin.describeProducers(partitions).all(), "who writes to its topics")
                .forEach((partition, producers) -> {
                    for (ProducerState producer : producers.activeProducers()) {
                        producer.currentTransactionStartOffset()
                                .ifPresent(start -> open.add(new OpenTransaction(
                                        partition.topic(),
                                        partition.partition(),
                                        producer.producerId(),
                                        start,
                                        Instant.ofEpochMilli(producer.lastTimestamp()))));
                    }
                });
        return open;
    }

    private Optional<List<Snapshot>> snapshots(List<FoundTopic> topics) throws IOException {
        Optional<FoundTopic> journal = TopicExamination.of(topics, Topic.JOURNAL);
        if (asked.snapshots().isEmpty() || journal.isEmpty()) {
            return Optional.empty();
        }
        Map<Integer, SnapshotFile> newest = new TreeMap<>();
        for (SnapshotFile file : new Snapshots(asked.snapshots().get()).list()) {
            newest.merge(file.partition(), file, (one, other) -> one.wall().isAfter(other.wall()) ? one : other);
        }
        newest.keySet()
                .removeIf(partition -> partition >= journal.get().partitions().size());
        var replayer = new Replayer(config.topics(), config.consumerProperties(), Optional.empty());
        return Optional.of(newest.values().stream()
                .map(file -> new Snapshot(
                        file.partition(), file.path().getFileName().toString(), file.wall(), fitness(replayer, file)))
                .toList());
    }

    private static Fitness fitness(Replayer replayer, SnapshotFile file) {
        try {
            return replayer.goesOnFrom(file) ? Fitness.FIT : Fitness.FOREIGN;
        } catch (IOException e) {
            return Fitness.DAMAGED;
        }
    }

    @Override
    public void close() {
        admin.close();
    }
}
