package dev.millrace.streams;

import dev.millrace.contract.AgentAccepted;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.RegisterAgain;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * An agent that finishes every task as soon as it is launched, and keeps what was launched. Has a thread of its own until it is closed.
 */
final class ScriptedAgent implements AutoCloseable {
    private static final int LAUNCH_PARTITION = 1;
    private static final long HEARTBEAT_NANOS = 1_000_000_000;

    private final LiveCluster cluster;
    private final String pool;
    private final String agentId;
    private long incarnation;
    private long heardNanos;
    private final RecordCodec codec = new RecordCodec();
    private final ConcurrentLinkedQueue<LaunchTask> launches = new ConcurrentLinkedQueue<>();
    private final CountDownLatch accepted = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean closed;

    ScriptedAgent(LiveCluster cluster, String pool, String agentId) throws InterruptedException {
        this.cluster = cluster;
        this.pool = pool;
        this.agentId = agentId;
        thread = new Thread(this::run, "agent " + agentId);
        thread.start();
        accepted.await();
    }

    List<LaunchTask> launches() {
        return List.copyOf(launches);
    }

    private void run() {
        try (Consumer<byte[], byte[]> consumer = cluster.consumer()) {
            TopicPartition partition = new TopicPartition(cluster.topics().name(Topic.TASK_LAUNCHES), LAUNCH_PARTITION);
            consumer.assign(Set.of(partition));
            consumer.seekToEnd(Set.of(partition));
            consumer.position(partition);
            register();
            while (!closed) {
                if (System.nanoTime() - heardNanos > HEARTBEAT_NANOS) {
                    heardNanos = System.nanoTime();
                    cluster.sendLater(Records.heartbeat(pool, agentId, incarnation));
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
                    take(((Decoded.Value) codec.decode(record.value())).record());
                }
            }
        }
    }

    private void register() {
        incarnation++;
        heardNanos = System.nanoTime();
        cluster.sendLater(Records.registered(pool, agentId, incarnation, LAUNCH_PARTITION));
    }

    private void take(SpecificRecord record) {
        if (record instanceof AgentAccepted answer && answer.getAgentId().equals(agentId)) {
            accepted.countDown();
        } else if (record instanceof RegisterAgain again
                && again.getAgentId().equals(agentId)
                && again.getIncarnation() == incarnation) {
            register();
        } else if (record instanceof LaunchTask launch
                && launch.getAgentId().equals(agentId)
                && launch.getIncarnation() == incarnation) {
            launches.add(launch);
            cluster.sendLater(Records.report(launch, 1, TaskState.TASK_RUNNING));
            cluster.sendLater(Records.report(launch, 2, TaskState.TASK_FINISHED));
        }
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.join();
    }
}
