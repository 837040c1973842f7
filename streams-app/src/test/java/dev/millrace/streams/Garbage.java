package dev.millrace.streams;

import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.Continue;
import dev.millrace.contract.Redirected;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.Tick;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.avro.specific.SpecificRecord;

/** Makes values that are no records, or are records that nobody meant. */
final class Garbage {
    private final Random random;
    private final RecordCodec codec = new RecordCodec();
    private final String pool;
    private final int partition;

    /**
     * @param pool the pool that the records would be for; its name should differ from others' in more than a bit
     * @param partition where that pool is decided
     */
    Garbage(Random random, String pool, int partition) {
        this.random = random;
        this.pool = pool;
        this.partition = partition;
    }

    /** Random bytes, or a record of a kind that the topic carries that was cut off or in which some bits were flipped anywhere. */
    byte[] next(Topic topic) {
        int kind = random.nextInt(4);
        if (kind == 0) {
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            return bytes;
        }
        List<SpecificRecord> records = records(topic);
        byte[] bytes = codec.encode(records.get(random.nextInt(records.size())));
        if (kind == 1) {
            return Arrays.copyOf(bytes, random.nextInt(bytes.length));
        }
        for (int flips = random.nextInt(3); flips >= 0; flips--) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }

    private List<SpecificRecord> records(Topic topic) {
        return switch (topic) {
            case TASK_REQUESTS -> List.of(Records.request(pool, "task/0").build(), Records.kill(pool, "task/0"));
            case AGENT_EVENTS ->
                List.of(
                        Records.registered(pool, "agent", 7),
                        Records.heartbeat(pool, "agent", 7),
                        report(),
                        new AgentLeaving(pool, "agent", 7L, "at night"));
            case OPERATOR_CMDS ->
                List.of(
                        ConfigurePool.newBuilder()
                                .setPool(pool)
                                .setMaxTasksPerAgent(10)
                                .setPrincipal("ada")
                                .build(),
                        new RemoveAgent(pool, "agent", "ada", "burnt down", "c1"));
            case INTERNAL ->
                List.of(
                        new Tick(partition, 50L),
                        new Continue(pool),
                        new Redirected(
                                pool,
                                Topic.TASK_REQUESTS.topicName(),
                                1,
                                1_000_000L,
                                ByteBuffer.wrap(codec.encode(
                                        Records.request(pool, "task/1").build()))));
            // No record belongs here yet, so any is garbage.
            default -> List.of(Records.request(pool, "task/0").build());
        };
    }

    private TaskReport report() {
        return TaskReport.newBuilder()
                .setPool(pool)
                .setAgentId("agent")
                .setTaskId("task/0")
                .setAttempt(1)
                .setReportSequence(1)
                .setState(TaskState.TASK_RUNNING)
                .build();
    }
}
