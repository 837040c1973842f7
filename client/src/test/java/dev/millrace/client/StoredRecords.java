package dev.millrace.client;

import static org.awaitility.Awaitility.await;

import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topics;
import dev.millrace.state.SavedTask;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** The changelogs of a cluster's scheduler, which the test writes. One thread uses it. */
final class StoredRecords implements AutoCloseable {
    private static final Duration LONG = Duration.ofSeconds(30);

    final Admin admin;
    private final TestCluster cluster;
    private final RecordCodec codec = new RecordCodec();
    private final Producer<byte[], byte[]> producer;

    StoredRecords(TestCluster cluster) {
        this.cluster = cluster;
        admin = Admin.create(cluster.config.adminProperties());
        Map<String, Object> properties = cluster.config.producerProperties();
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, cluster.topics.prefix());
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 5);
        producer = new KafkaProducer<>(properties);
        producer.initTransactions();
    }

    /** Makes them as Kafka Streams does, but for the policy: brokers remove records of topics only that are not compacted alone. */
    void makeChangelogs() throws Exception {
        List<NewTopic> changelogs = Stream.of(Store.values())
                .map(store -> new NewTopic(cluster.topics.changelog(store), TestCluster.PARTITIONS, (short) 1)
                        .configs(Map.of("cleanup.policy", "compact,delete")))
                .toList();
        admin.createTopics(changelogs).all().get();
    }

    /** Removes all records of a changelog, as compaction would if each of them had been deleted long ago. */
    void removeAllRecords(Store store) throws Exception {
        String changelog = cluster.topics.changelog(store);
        Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
        for (int partition = 0; partition < TestCluster.PARTITIONS; partition++) {
            all.put(new TopicPartition(changelog, partition), RecordsToDelete.beforeOffset(-1));
        }
        admin.deleteRecords(all).all().get();
    }

    /** Begins a transaction and leaves it open. */
    void begin(Runnable writes) {
        producer.beginTransaction();
        writes.run();
        producer.flush();
    }

    /** Commits the open transaction. */
    void commit() {
        producer.commitTransaction();
        awaitCommitted();
    }

    void commit(Runnable writes) {
        producer.beginTransaction();
        writes.run();
        producer.commitTransaction();
        awaitCommitted();
    }

    /** A transaction is committed when its coordinator has said so, and to be read when every partition has been told. */
    void awaitCommitted() {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        for (Store store : Store.values()) {
            for (int partition = 0; partition < TestCluster.PARTITIONS; partition++) {
                latest.put(new TopicPartition(cluster.topics.changelog(store), partition), OffsetSpec.latest());
            }
        }
        await().atMost(LONG)
                .until(() -> ends(latest, IsolationLevel.READ_COMMITTED)
                        .equals(ends(latest, IsolationLevel.READ_UNCOMMITTED)));
    }

    private Map<TopicPartition, Long> ends(Map<TopicPartition, OffsetSpec> latest, IsolationLevel isolation)
            throws Exception {
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(latest, new ListOffsetsOptions(isolation))
                .all()
                .get()
                .forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    void waiting(TaskRequest request, long submission) {
        put(Store.REQUESTS, request.getPool(), request.getPool() + "/" + request.getTaskId(), request);
        put(task(request.getPool(), request.getTaskId(), submission, TaskState.TASK_QUEUED)
                .setWaiting(true)
                .build());
    }

    void put(SavedTask task) {
        put(Store.TASKS, task.getPool(), task.getPool() + "/" + task.getTaskId(), task);
    }

    void put(Store store, String pool, String key, SpecificRecord value) {
        send(store, pool, key, codec.encode(value));
    }

    void delete(Store store, String pool, String key) {
        send(store, pool, key, null);
    }

    private void send(Store store, String pool, String key, byte[] value) {
        int partition = Topics.partition(pool, TestCluster.PARTITIONS);
        var unused = producer.send(new ProducerRecord<>(
                cluster.topics.changelog(store), partition, key.getBytes(StandardCharsets.UTF_8), value));
    }

    static SavedTask.Builder task(String pool, String taskId, long submission, TaskState state) {
        return SavedTask.newBuilder()
                .setPool(pool)
                .setTaskId(taskId)
                .setSubmissionId("")
                .setRole("default")
                .setSubmission(submission)
                .setState(state)
                .setAttempt(1)
                .setSequence(1)
                .setAcceptedWallMs(0)
                .setQueuedMs(0);
    }

    @Override
    public void close() {
        producer.close();
        admin.close();
    }
}
