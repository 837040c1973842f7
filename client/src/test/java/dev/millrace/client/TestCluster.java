package dev.millrace.client;

import dev.millrace.contract.Reason;
import dev.millrace.contract.Resources;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.local.TestBroker;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A cluster of its own on the tests' broker, in which the test plays scheduler and agents. */
public final class TestCluster implements AutoCloseable {
    public static final int PARTITIONS = 4;

    public final ClusterConfig config;
    public final Topics topics;
    private final RecordCodec codec = new RecordCodec();
    private final Producer<byte[], byte[]> producer;

    private TestCluster(String bootstrapServers, String name) {
        topics = new Topics(TestBroker.newPrefix(name));
        config = new ClusterConfig(bootstrapServers, topics, Map.of());
        producer = new KafkaProducer<>(config.producerProperties());
    }

    /** A cluster whose topics do not exist. */
    static TestCluster without(String name) {
        return new TestCluster(TestBroker.bootstrapServers(), name);
    }

    public static TestCluster with(String name) {
        return on(TestBroker.bootstrapServers(), name);
    }

    /** A cluster on another broker than the tests'. */
    public static TestCluster on(String bootstrapServers, String name) {
        TestCluster cluster = new TestCluster(bootstrapServers, name);
        try (TopicAdmin admin = new TopicAdmin(cluster.config)) {
            admin.create(PARTITIONS, 1);
        }
        return cluster;
    }

    public void publish(TaskStatus status) {
        publish(Topic.TASK_STATUS, Topics.partition(status.getPool(), PARTITIONS), status.getTaskId(), status);
    }

    public void publish(Topic topic, int partition, String key, SpecificRecord value) {
        publish(topics.name(topic), partition, key, codec.encode(value));
    }

    void publish(String topic, int partition, String key, byte[] value) {
        try {
            producer.send(new ProducerRecord<>(topic, partition, key.getBytes(StandardCharsets.UTF_8), value))
                    .get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    public static TaskRequest.Builder request(String pool, String taskId) {
        return TaskRequest.newBuilder()
                .setPool(pool)
                .setTaskId(taskId)
                .setShell("true")
                .setResources(
                        Resources.newBuilder().setCpuMillis(100).setMemMib(32).build());
    }

    public static TaskStatus.Builder status(String pool, String taskId, long sequence, TaskState state) {
        return TaskStatus.newBuilder()
                .setPool(pool)
                .setTaskId(taskId)
                .setSequence(sequence)
                .setAttempt(1)
                .setState(state)
                .setSource(StatusSource.SOURCE_SCHEDULER)
                .setReason(Reason.REASON_NONE)
                .setDecidedAt(Instant.EPOCH);
    }

    @Override
    public void close() {
        producer.close();
    }
}
