package dev.millrace.agent.sim;

import dev.millrace.contract.AgentAccepted;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Accepts every agent, and keeps each of them busy with so many attempts until so many tasks were launched: the cheapest scheduler that there
 * can be, to measure agents with. Has a thread of its own.
 */
final class FloodScheduler implements AutoCloseable {
    private static final Set<TaskState> ENDS =
            EnumSet.of(TaskState.TASK_FINISHED, TaskState.TASK_FAILED, TaskState.TASK_KILLED, TaskState.TASK_DROPPED);

    private final Topics topics;
    private final int tasksPerAgent;
    private final long tasks;
    private final RecordCodec codec = new RecordCodec();
    private final KafkaProducer<String, byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, AgentRegistered> agents = new HashMap<>();
    private final Map<String, Integer> busy = new HashMap<>();
    private final AtomicLong launched = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();
    private final AtomicLong registrations = new AtomicLong();
    private final Thread thread = new Thread(this::run, "flood-scheduler");
    private volatile boolean closing;

    FloodScheduler(String bootstrapServers, Topics topics, int tasksPerAgent, long tasks) {
        this.topics = topics;
        this.tasksPerAgent = tasksPerAgent;
        this.tasks = tasks;
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "linger.ms", 5, "batch.size", 256 << 10),
                new StringSerializer(),
                new ByteArraySerializer());
        consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "auto.offset.reset",
                        "earliest",
                        "max.poll.records",
                        5_000),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        consumer.assign(List.of(new TopicPartition(topics.name(Topic.AGENT_EVENTS), 0)));
        thread.start();
    }

    long launched() {
        return launched.get();
    }

    long ended() {
        return ended.get();
    }

    long registrations() {
        return registrations.get();
    }

    private void run() {
        while (!closing) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                if (codec.decode(record.value()) instanceof Decoded.Value value) {
                    take(value.record());
                }
            }
        }
    }

    private void take(SpecificRecord event) {
        if (event instanceof AgentRegistered agent) {
            registrations.incrementAndGet();
            agents.put(agent.getAgentId(), agent);
            send(
                    agent,
                    new AgentAccepted(agent.getPool(), agent.getAgentId(), agent.getIncarnation(), 5_000L, 20_000L));
            busy.put(agent.getAgentId(), agent.getTasks().size());
            fill(agent);
        } else if (event instanceof TaskReport report && ENDS.contains(report.getState())) {
            ended.incrementAndGet();
            busy.merge(report.getAgentId(), -1, Integer::sum);
            fill(agents.get(report.getAgentId()));
        }
    }

    private void fill(AgentRegistered agent) {
        while (busy.get(agent.getAgentId()) < tasksPerAgent && launched.get() < tasks) {
            busy.merge(agent.getAgentId(), 1, Integer::sum);
            TaskRequest request = request("bench-k3f9/task/" + launched.incrementAndGet());
            send(
                    agent,
                    new LaunchTask(
                            agent.getAgentId(),
                            agent.getIncarnation(),
                            1,
                            List.of(),
                            List.of(),
                            Instant.now(),
                            request,
                            ""));
        }
    }

    private static TaskRequest request(String taskId) {
        return TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId(taskId)
                .setSubmissionId("k3f9")
                .setJob("bench")
                .setName("task")
                .setShell("true")
                .setEnvironment(List.of(new KeyValue("LANG", "C")))
                .setResources(
                        Resources.newBuilder().setCpuMillis(100).setMemMib(32).build())
                .build();
    }

    private void send(AgentRegistered agent, SpecificRecord message) {
        var unused = producer.send(new ProducerRecord<>(
                topics.name(Topic.TASK_LAUNCHES),
                agent.getLaunchPartition(),
                agent.getAgentId(),
                codec.encode(message)));
    }

    @Override
    public void close() throws InterruptedException {
        closing = true;
        thread.join();
        producer.close();
        consumer.close();
    }
}
