package dev.millrace.client;

import dev.millrace.client.framework.Allocation;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.MillraceSerializer;
import dev.millrace.schemas.Pools;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.schemas.Validator;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

/**
 * Sends requests and commands to a cluster. Each is checked first, so that a mistake is known at once and with all that is wrong; then it
 * is sent so that it is neither lost nor repeated, and those for one pool arrive in the order in which they were sent. Any thread may use
 * it; one client serves a whole program.
 *
 * <p>To see what becomes of one's tasks, open {@link #statuses} at the end, or {@link #watch} for one, before submitting them.
 */
public final class MillraceClient implements AutoCloseable {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    private final ClusterConfig config;
    private final Producer<byte[], byte[]> producer;
    private final MillraceSerializer serializer = new MillraceSerializer();
    /** A cluster's partitions never change. */
    private final Map<String, Integer> partitionCounts = new ConcurrentHashMap<>();

    /** A client of one cluster. The first request to each topic waits until it is known how many partitions that has. */
    public MillraceClient(ClusterConfig config) {
        this.config = config;
        this.producer = new KafkaProducer<>(config.producerProperties());
    }

    /**
     * Submits a task.
     *
     * @return completes, on a thread that must not be blocked, when the request is safe. Fails with a {@link KafkaException} or
     *     {@link ClusterException} if it could not be sent, or it is not known whether it was; then the same request may be submitted
     *     again, for a task id is taken once.
     * @throws InvalidRequestException if the request breaks rules of the contract; nothing was sent
     */
    public CompletableFuture<Submitted> submit(TaskRequest request) {
        return send(Topic.TASK_REQUESTS, request);
    }

    /** Asks for a task to be killed, with its own grace period, for a reason that people will read; otherwise as {@link #submit}. */
    public CompletableFuture<Submitted> kill(String pool, String taskId, String reason) {
        return kill(new KillRequest(pool, taskId, null, "", reason));
    }

    /** Asks for a task to be killed; otherwise as {@link #submit}. */
    public CompletableFuture<Submitted> kill(KillRequest request) {
        return send(Topic.TASK_REQUESTS, request);
    }

    /**
     * Gives an operator's command, such as a {@code ConfigurePool}; otherwise as {@link #submit}. The answer is published on {@code
     * decisions}; {@link OperatorClient} waits for it.
     *
     * @throws IllegalArgumentException if the record is none of those that the topic of commands takes
     */
    public CompletableFuture<Submitted> command(SpecificRecord command) {
        if (!Topic.OPERATOR_CMDS.types().contains(command.getClass())) {
            throw new IllegalArgumentException(command.getSchema().getName() + " is no operator's command");
        }
        return send(Topic.OPERATOR_CMDS, command);
    }

    /**
     * Makes a framework's call, such as an {@code AcceptOffers}; otherwise as {@link #submit}. The answer is published on {@code
     * resource-offers}; {@code FrameworkConnection} reads it.
     *
     * @throws IllegalArgumentException if the record is none of those that the topic of calls takes
     */
    public CompletableFuture<Submitted> call(SpecificRecord call) {
        if (!Topic.FRAMEWORK_CALLS.types().contains(call.getClass())) {
            throw new IllegalArgumentException(call.getSchema().getName() + " is no framework's call");
        }
        return send(Topic.FRAMEWORK_CALLS, call);
    }

    /** The statuses of a pool's tasks, for the calling thread to poll. */
    public StatusStream statuses(String pool, Start start) {
        return new StatusStream(config, pool, start);
    }

    /**
     * Hands the statuses of a pool's tasks to a taker, on a thread of their own.
     *
     * @param taker is called for each, in order; if it throws, the follower stops
     */
    public StatusFollower follow(String pool, Start start, Consumer<TaskStatus> taker) {
        return new StatusFollower(config, pool, start, taker, failure -> {});
    }

    /** Watches what becomes of a task from now on. Open it before submitting the task. */
    public TaskWatch watch(String pool, String taskId) {
        return watch(pool, taskId, status -> {});
    }

    /**
     * Watches what becomes of a task from now on, and hands over its statuses as they come.
     *
     * @param taker is called for each, in order, on a thread of the watch; if it throws, the watch fails
     */
    public TaskWatch watch(String pool, String taskId, Consumer<TaskStatus> taker) {
        return new TaskWatch(config, pool, taskId, taker);
    }

    /**
     * Asks for resources of one agent, to use them as this program sees fit.
     *
     * @param pool the pool of agents
     * @param role the role that they are charged to
     * @param needs how much; no ports
     * @param timeout how long to wait until there is room
     * @return what is held until it is used, released or taken back; empty if there was no room in time
     * @throws InvalidRequestException if it breaks rules of the contract
     * @throws ClusterException if the cluster cannot be reached or refuses
     */
    public Optional<Allocation> allocate(String pool, String role, Resources needs, Duration timeout) {
        return Allocation.ask(config, pool, role, needs, timeout);
    }

    /** Sends what was submitted and waits for it, half a minute at the most. */
    @Override
    public void close() {
        producer.close(CLOSE_TIMEOUT);
    }

    private CompletableFuture<Submitted> send(Topic topic, SpecificRecord record) {
        byte[] value = checked(topic, record);
        String pool = Pools.of(record).orElseThrow();
        CompletableFuture<Submitted> submitted = new CompletableFuture<>();
        String name = config.topics().name(topic);
        try {
            // The partition is computed here, whatever partitioner the Kafka settings name: the scheduler looks for a
            // pool in one place.
            int partition = Topics.partition(pool, partitionCount(name));
            byte[] key = pool.getBytes(StandardCharsets.UTF_8);
            var unused = producer.send(new ProducerRecord<>(name, partition, key, value), (metadata, failure) -> {
                if (failure != null) {
                    submitted.completeExceptionally(failure);
                } else {
                    Instant takenAt = Instant.ofEpochMilli(metadata.timestamp());
                    submitted.complete(new Submitted(name, metadata.partition(), metadata.offset(), takenAt));
                }
            });
        } catch (KafkaException | ClusterException e) {
            submitted.completeExceptionally(e);
        }
        return submitted;
    }

    private byte[] checked(Topic topic, SpecificRecord record) {
        String what = record.getSchema().getName();
        byte[] value;
        try {
            value = serializer.serialize(null, record);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(what, List.of(String.valueOf(e.getMessage())));
        }
        List<String> faults = new ArrayList<>(Validator.faults(record));
        if (value == null || value.length > topic.maxRecordBytes()) {
            faults.add("it has " + (value == null ? 0 : value.length) + " bytes: may have at most "
                    + topic.maxRecordBytes());
        }
        if (value == null || !faults.isEmpty()) {
            throw new InvalidRequestException(what, faults);
        }
        return value;
    }

    private int partitionCount(String topic) {
        Integer known = partitionCounts.get(topic);
        if (known != null) {
            return known;
        }
        // A producer that asks would make the topic on brokers that allow it, with some number of partitions; an admin
        // client does not.
        try (Admin admin = Admin.create(config.adminProperties())) {
            int count = Partitions.count(config, admin, topic);
            partitionCounts.put(topic, count);
            return count;
        }
    }
}
