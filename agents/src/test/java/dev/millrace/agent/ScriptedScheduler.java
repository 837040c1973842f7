package dev.millrace.agent;

import dev.millrace.client.ClusterConfig;
import dev.millrace.contract.AgentAccepted;
import dev.millrace.contract.AgentFenced;
import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.RegisterAgain;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.local.TestBroker;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** A cluster's topics, and a scheduler that does what the test says: sees all agent events, and answers in transactions. */
public final class ScriptedScheduler implements AutoCloseable {
    static final int LAUNCH_PARTITIONS = 4;
    static final long INTERVAL_MS = 200;
    static final long LEASE_MS = 60_000;

    /** A slow machine needs a while until an agent in a JVM of its own has registered. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final String bootstrapServers;
    private final Topics topics;
    private final RecordCodec codec = new RecordCodec();
    private final KafkaProducer<String, byte[]> producer;
    private final KafkaConsumer<String, byte[]> consumer;
    private final List<SpecificRecord> events = new ArrayList<>();
    private final Map<String, String> output = new HashMap<>();

    /** A cluster on the broker that all tests share. */
    public ScriptedScheduler(String name) {
        this(TestBroker.bootstrapServers(), TestBroker.newPrefix(name));
    }

    ScriptedScheduler(String bootstrapServers, String prefix) {
        this.bootstrapServers = bootstrapServers;
        topics = new Topics(prefix);
        createTopics();
        producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "transactional.id",
                        topics.applicationId(),
                        "linger.ms",
                        0),
                new StringSerializer(),
                new ByteArraySerializer());
        producer.initTransactions();
        consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers, "auto.offset.reset", "earliest"),
                new StringDeserializer(),
                new ByteArrayDeserializer());
        consumer.assign(List.of(
                new TopicPartition(topics.name(Topic.AGENT_EVENTS), 0),
                new TopicPartition(topics.name(Topic.TASK_LOGS), 0)));
    }

    private void createTopics() {
        admin(admin -> admin.createTopics(List.of(
                        topic(Topic.AGENT_EVENTS, 1),
                        topic(Topic.TASK_LAUNCHES, LAUNCH_PARTITIONS),
                        topic(Topic.TASK_LOGS, 1)))
                .all());
    }

    /** Deletes the topic that agents read, with all that is in it, and makes it again. */
    void makeLaunchesAnew() {
        admin(admin ->
                admin.deleteTopics(List.of(topics.name(Topic.TASK_LAUNCHES))).all());
        awaiting().ignoreExceptions().until(() -> {
            admin(admin -> admin.createTopics(List.of(topic(Topic.TASK_LAUNCHES, LAUNCH_PARTITIONS)))
                    .all());
            return true;
        });
    }

    private NewTopic topic(Topic topic, int partitions) {
        return new NewTopic(topics.name(topic), partitions, (short) 1);
    }

    private void admin(Function<Admin, KafkaFuture<Void>> action) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            action.apply(admin).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("cannot change the topics", e);
        }
    }

    public ClusterConfig cluster() {
        return new ClusterConfig(bootstrapServers, topics, Map.of());
    }

    /** Everything that agents have said so far. */
    List<SpecificRecord> events() {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(20))) {
            SpecificRecord value = ((Decoded.Value) codec.decode(record.value())).record();
            if (value instanceof LogChunk chunk) {
                output.merge(chunk.getTaskId(), text(chunk), String::concat);
            } else {
                events.add(value);
            }
        }
        return List.copyOf(events);
    }

    /** All that a task has written so far, of both streams as it came. */
    String output(String taskId) {
        events();
        return output.getOrDefault(taskId, "");
    }

    private static String text(LogChunk chunk) {
        return StandardCharsets.UTF_8.decode(chunk.getData().duplicate()).toString();
    }

    /** All events of a type so far. */
    <T extends SpecificRecord> List<T> events(Class<T> type) {
        return events().stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** The first event of that type for which the condition holds, once there is one. */
    <T extends SpecificRecord> T await(Class<T> type, Predicate<T> condition) {
        Optional<T> found =
                awaiting().until(() -> events(type).stream().filter(condition).findFirst(), Optional::isPresent);
        return found.orElseThrow();
    }

    public static ConditionFactory awaiting() {
        return Awaitility.await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
    }

    /** The registration that was sent after {@code earlier} (the first one, if that is 0), once it is there. */
    AgentRegistered registrationAfter(String agentId, long earlier) {
        List<AgentRegistered> later =
                awaiting().until(() -> registrationsAfter(agentId, earlier), all -> !all.isEmpty());
        return later.get(0);
    }

    private List<AgentRegistered> registrationsAfter(String agentId, long earlier) {
        List<AgentRegistered> all = events(AgentRegistered.class).stream()
                .filter(r -> r.getAgentId().equals(agentId))
                .toList();
        return all.subList(indexAfter(all, earlier), all.size());
    }

    private static int indexAfter(List<AgentRegistered> all, long earlier) {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).getIncarnation() == earlier) {
                return i + 1;
            }
        }
        return earlier == 0 ? 0 : all.size();
    }

    /**
     * Accepts an agent that registers after {@code earlier}, and again if it has given up waiting for the answer meanwhile and registered anew.
     * Returns the registration for which it is accepted, once its heartbeats show that it knows.
     */
    AgentRegistered accepted(String agentId, long earlier) {
        AgentRegistered registered = registrationAfter(agentId, earlier);
        accept(registered);
        long incarnation = registered.getIncarnation();
        awaiting()
                .until(() -> isActive(incarnation)
                        || !registrationsAfter(agentId, incarnation).isEmpty());
        return isActive(incarnation) ? registered : accepted(agentId, incarnation);
    }

    private boolean isActive(long incarnation) {
        return events(AgentHeartbeat.class).stream().anyMatch(h -> h.getIncarnation() == incarnation);
    }

    void accept(AgentRegistered agent) {
        accept(agent, INTERVAL_MS, LEASE_MS);
    }

    void accept(AgentRegistered agent, long heartbeatIntervalMs, long leaseMs) {
        send(
                agent,
                new AgentAccepted(
                        agent.getPool(), agent.getAgentId(), agent.getIncarnation(), heartbeatIntervalMs, leaseMs));
    }

    void registerAgain(AgentRegistered agent) {
        send(agent, new RegisterAgain(agent.getPool(), agent.getAgentId(), agent.getIncarnation(), "who are you?"));
    }

    void fence(AgentRegistered agent, String message) {
        send(agent, new AgentFenced(agent.getPool(), agent.getAgentId(), agent.getIncarnation(), message));
    }

    void launch(AgentRegistered agent, TaskRequest request) {
        launch(agent, request, List.of(), List.of());
    }

    void launch(AgentRegistered agent, TaskRequest request, List<Integer> ports, List<Integer> gpuDevices) {
        send(
                agent,
                new LaunchTask(
                        agent.getAgentId(), agent.getIncarnation(), 1, ports, gpuDevices, Instant.EPOCH, request, ""));
    }

    void kill(AgentRegistered agent, String taskId) {
        send(
                agent,
                KillTask.newBuilder()
                        .setPool(agent.getPool())
                        .setAgentId(agent.getAgentId())
                        .setIncarnation(agent.getIncarnation())
                        .setTaskId(taskId)
                        .setAttempt(1)
                        .build());
    }

    /** Answers on the partition that the agent announced. */
    void send(AgentRegistered agent, SpecificRecord message) {
        sendBytes(agent, codec.encode(message));
    }

    void sendBytes(AgentRegistered agent, byte[] bytes) {
        send(agent.getLaunchPartition(), agent.getAgentId(), bytes);
    }

    void send(int partition, String agentId, byte[] bytes) {
        producer.beginTransaction();
        var unused = producer.send(new ProducerRecord<>(topics.name(Topic.TASK_LAUNCHES), partition, agentId, bytes));
        producer.commitTransaction();
    }

    static TaskRequest request(String taskId, String shell) {
        return TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId(taskId)
                .setShell(shell)
                .setResources(
                        Resources.newBuilder().setCpuMillis(100).setMemMib(32).build())
                .build();
    }

    @Override
    public void close() {
        consumer.close();
        producer.close();
    }
}
