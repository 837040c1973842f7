package dev.millrace.streams;

import dev.millrace.client.NewTopics;
import dev.millrace.contract.TaskStatus;
import dev.millrace.local.TestBroker;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.Pools;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.replay.ReplayRange;
import dev.millrace.streams.replay.ReplayResult;
import dev.millrace.streams.replay.ReplayWatcher;
import dev.millrace.streams.replay.Replayer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The topics of a cluster of its own on the test broker, and clients to write to and read from them. Read by one thread at a time. */
final class LiveCluster implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String bootstrapServers;
    private final Topics topics;
    private final int partitions;
    private final RecordCodec sending = new RecordCodec();
    private final RecordCodec codec = new RecordCodec();
    private final Queue<Future<RecordMetadata>> unsettled = new ConcurrentLinkedQueue<>();
    private final Producer<byte[], byte[]> producer;

    LiveCluster(String name, int partitions) throws ExecutionException, InterruptedException {
        this(TestBroker.bootstrapServers(), name, partitions);
    }

    LiveCluster(String bootstrapServers, String name, int partitions) throws ExecutionException, InterruptedException {
        this.bootstrapServers = bootstrapServers;
        this.topics = new Topics(TestBroker.newPrefix(name));
        this.partitions = partitions;
        try (Admin admin = admin()) {
            create(admin, Topic.values());
        }
        producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ProducerConfig.LINGER_MS_CONFIG,
                        0,
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                        1_048_576),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    NewTopic newTopic(Topic topic) {
        return new NewTopic(topics.name(topic), topic.partitions(partitions), (short) 1).configs(topic.settings());
    }

    Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", bootstrapServers));
    }

    Topics topics() {
        return topics;
    }

    int partitions() {
        return partitions;
    }

    /** A scheduler that ticks fast, so that tests need not wait. */
    SchedulerConfig config(Path stateDir) {
        return SchedulerConfig.of(bootstrapServers, topics, stateDir)
                .withThreads(1)
                .withTickInterval(Duration.ofMillis(50));
    }

    /** Sends a record to where its pool says, and waits for the broker to take it. */
    RecordMetadata send(SpecificRecord record) {
        return get(produce(topicOf(record), partitionOf(record), encode(record)));
    }

    /** Sends a record to a partition of the topic that carries its type, and waits for the broker to take it. */
    RecordMetadata send(int partition, SpecificRecord record) {
        return get(produce(topicOf(record), partition, encode(record)));
    }

    /** Sends a record to where its pool says. */
    void sendLater(SpecificRecord record) {
        sendLater(topicOf(record), partitionOf(record), encode(record));
    }

    void sendLater(Topic topic, int partition, byte[] value) {
        unsettled.add(produce(topic, partition, value));
    }

    /** Deletes topics, and waits until they are gone. */
    void delete(Topic... deleted) throws ExecutionException, InterruptedException {
        try (Admin admin = admin()) {
            for (Topic topic : deleted) {
                admin.deleteTopics(List.of(topics.name(topic))).all().get();
                Schedulers.waiting()
                        .until(() -> !admin.listTopics().names().get().contains(topics.name(topic)));
            }
        }
    }

    /** Makes a topic that was deleted anew, and returns its id. */
    String create(Topic topic) throws ExecutionException, InterruptedException {
        try (Admin admin = admin()) {
            return create(admin, topic).topicId(topics.name(topic)).get().toString();
        }
    }

    /** Makes topics, and waits until the broker serves them. */
    private CreateTopicsResult create(Admin admin, Topic... made) throws ExecutionException, InterruptedException {
        CreateTopicsResult result =
                admin.createTopics(Arrays.stream(made).map(this::newTopic).toList());
        result.all().get();
        NewTopics.awaitServed(admin, result.values().keySet(), PATIENCE);
        return result;
    }

    Future<RecordMetadata> produce(Topic topic, int partition, byte[] value) {
        return produce(topics.name(topic), partition, "key", value);
    }

    Future<RecordMetadata> produce(String topic, int partition, String key, byte[] value) {
        return producer.send(new ProducerRecord<>(topic, partition, key.getBytes(StandardCharsets.UTF_8), value));
    }

    private int partitionOf(SpecificRecord record) {
        return Topics.partition(Pools.of(record).orElseThrow(), partitions);
    }

    private static Topic topicOf(SpecificRecord record) {
        for (Topic topic : Topic.inbound()) {
            if (topic.types().contains(record.getClass())) {
                return topic;
            }
        }
        throw new IllegalArgumentException("no inbound topic carries " + record.getClass());
    }

    /** A codec may be used by one thread at a time, and agents send, too. */
    private synchronized byte[] encode(SpecificRecord record) {
        return sending.encode(record);
    }

    private static RecordMetadata get(Future<RecordMetadata> sent) {
        try {
            return sent.get();
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError("the broker did not take a record", e);
        }
    }

    /** All records of that type that are committed on a topic now. */
    <T extends SpecificRecord> List<T> read(Topic topic, Class<T> type) {
        List<T> records = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : read(topics.name(topic))) {
            if (record.value() != null
                    && codec.decode(record.value()) instanceof Decoded.Value value
                    && type.isInstance(value.record())) {
                records.add(type.cast(value.record()));
            }
        }
        return records;
    }

    List<TaskStatus> statuses(String taskId) {
        return read(Topic.TASK_STATUS, TaskStatus.class).stream()
                .filter(status -> status.getTaskId().equals(taskId))
                .toList();
    }

    /** All that is committed on a topic now. */
    List<ConsumerRecord<byte[], byte[]>> read(String topic) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        Consumer<byte[], byte[]> consumer = consumer();
        try {
            List<TopicPartition> all = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            while (all.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        } finally {
            // Saying goodbye would wait behind the fetch that the broker holds back.
            consumer.close(CloseOptions.timeout(Duration.ZERO));
        }
        return records;
    }

    /**
     * Waits until all that schedulers have committed before they were closed can be read. A transaction is committed when its coordinator has said
     * so, and to be read when every partition has been told.
     */
    void awaitCommitted() throws ExecutionException, InterruptedException {
        try (Admin admin = admin()) {
            List<String> names = admin.listTopics().names().get().stream()
                    .filter(name -> name.startsWith(topics.prefix()))
                    .toList();
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            admin.describeTopics(names)
                    .allTopicNames()
                    .get()
                    .forEach((name, topic) -> topic.partitions()
                            .forEach(info ->
                                    latest.put(new TopicPartition(name, info.partition()), OffsetSpec.latest())));
            Schedulers.waiting()
                    .until(() -> ends(admin, latest, IsolationLevel.READ_COMMITTED)
                            .equals(ends(admin, latest, IsolationLevel.READ_UNCOMMITTED)));
        }
    }

    private static Map<TopicPartition, Long> ends(
            Admin admin, Map<TopicPartition, OffsetSpec> latest, IsolationLevel isolation)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(latest, new ListOffsetsOptions(isolation))
                .all()
                .get()
                .forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    Consumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(consumerSettings(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    ReplayResult replay() {
        return new Replayer(topics, consumerSettings(), Optional.empty()).verify(ReplayRange.ALL, ReplayWatcher.NONE);
    }

    Map<String, Object> consumerSettings() {
        return Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed");
    }

    @Override
    public void close() {
        producer.close();
        unsettled.forEach(LiveCluster::get);
    }
}
