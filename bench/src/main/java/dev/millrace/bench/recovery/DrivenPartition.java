package dev.millrace.bench.recovery;

import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Resources;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.Tick;
import dev.millrace.core.Change;
import dev.millrace.core.Input;
import dev.millrace.core.Message;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.InboundTopics;
import dev.millrace.streams.engine.Outgoing;
import dev.millrace.streams.engine.PartitionEngine;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.engine.Step;
import dev.millrace.streams.engine.StepInterceptor;
import dev.millrace.streams.engine.StepObserver;
import dev.millrace.streams.engine.StoredState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.avro.specific.SpecificRecord;

/**
 * The engine of the only partition of a cluster, which is given inputs as a cluster would: tasks are submitted, launched, and reported as
 * running and as finished by agents that take no time for it. Whoever made it sees each input and what came of it, and can write both
 * where a cluster would have them. What is drawn follows from a fixed seed. Mutable; owned by one thread.
 */
final class DrivenPartition {
    static final String POOL = "bench";

    private static final int AGENTS = 100;
    private static final int CORES = 64;
    /** So many tasks have been submitted and not ended at the most. */
    private static final int IN_FLIGHT = 1_000;
    /** A topic's turn is at most so many records long. */
    private static final int MOST_AT_A_TIME = 20;

    private static final int REMEMBERED = 1_000;
    private static final long TICK_MS = 250;
    private static final int INPUTS_PER_TICK = 2_000;
    private static final long BLOCK_AGE_MS = 61_000;

    /** Sees each input, and what came of it while the step is valid. */
    @FunctionalInterface
    interface Recorder {
        void took(RawRecord input, Step step);
    }

    private final Recorder recorder;
    private final StoredState state = new StoredState();
    private final PartitionEngine engine;
    private final RecordCodec codec = new RecordCodec();
    private final long[] nextOffsets = new long[Topic.values().length];
    private final Random random = new Random(1);
    private final List<LaunchTask> decided = new ArrayList<>();
    private final ArrayDeque<LaunchTask> launched = new ArrayDeque<>();
    private final ArrayDeque<LaunchTask> running = new ArrayDeque<>();
    private long nowMs;
    private int inputsSinceTick;
    private int nextTask;

    /** @param startMs what the clock says at first; it goes on with the inputs */
    DrivenPartition(InboundTopics topics, long startMs, Recorder recorder) {
        this.recorder = recorder;
        nowMs = startMs;
        engine = new PartitionEngine(0, topics, state, StepInterceptor.NONE, new StepObserver() {
            @Override
            public void restored(SpecificRecord record) {}

            @Override
            public void decided(Input input, List<Message> messages, List<Change> changes) {
                for (Message message : messages) {
                    if (message.value() instanceof LaunchTask launch) {
                        decided.add(launch);
                    }
                }
            }
        });
        engine.restored();
        tick(TICK_MS);
        send(ConfigurePool.newBuilder()
                .setPool(POOL)
                .setEndedHorizonTasks(REMEMBERED)
                .setUnreachableTimeoutMs(Duration.ofDays(1).toMillis())
                .build());
        for (int i = 0; i < AGENTS; i++) {
            send(agent(i));
        }
    }

    /** How many inputs it has taken. */
    long inputs() {
        return engine.inputs();
    }

    /** Submits so many tasks that no agent suits. */
    void submitWaiting(int tasks) {
        List<Constraint> nowhere = List.of(new Constraint("bench-nowhere", ConstraintOperator.EQUALS, List.of("here")));
        for (int i = 0; i < tasks; i++) {
            send(task("waiting").setConstraints(nowhere).build());
        }
    }

    /** Lets so many tasks go all the way from request to end. */
    void runLifecycles(int tasks) {
        int submitted = 0;
        int ended = 0;
        while (ended < tasks) {
            int most = 1 + random.nextInt(MOST_AT_A_TIME);
            switch (random.nextInt(3)) {
                case 0 -> {
                    for (int i = 0; i < most && submitted < tasks && submitted - ended < IN_FLIGHT; i++) {
                        send(task("work").build());
                        submitted++;
                    }
                }
                case 1 -> {
                    for (int i = 0; i < most && !launched.isEmpty(); i++) {
                        LaunchTask launch = launched.remove();
                        send(report(launch, 1, TaskState.TASK_RUNNING));
                        running.add(launch);
                    }
                }
                default -> {
                    for (int i = 0; i < most && !running.isEmpty(); i++) {
                        send(report(running.remove(), 2, TaskState.TASK_FINISHED));
                        ended++;
                    }
                }
            }
        }
    }

    /** Lets the journal's open block be closed. */
    void closeBlock() {
        // The first is seen by the block, and may close it for its size; the second closes it for its age.
        tick(TICK_MS);
        tick(BLOCK_AGE_MS);
    }

    private void tick(long ms) {
        nowMs += ms;
        inputsSinceTick = 0;
        take(Topic.INTERNAL, codec.encode(new Tick(0, TICK_MS)));
    }

    private void send(SpecificRecord record) {
        take(topicOf(record), codec.encode(record));
        if (inputsSinceTick >= INPUTS_PER_TICK) {
            tick(TICK_MS);
        }
    }

    private void take(Topic topic, byte[] value) {
        ArrayDeque<byte[]> internal = new ArrayDeque<>();
        takeOne(topic, value, internal);
        while (!internal.isEmpty()) {
            takeOne(Topic.INTERNAL, internal.remove(), internal);
        }
        launched.addAll(decided);
        decided.clear();
    }

    private void takeOne(Topic topic, byte[] value, ArrayDeque<byte[]> internal) {
        RawRecord raw = new RawRecord(topic, 0, nextOffsets[topic.ordinal()]++, nowMs, value);
        Step step = engine.take(raw);
        inputsSinceTick++;
        recorder.took(raw, step);
        state.apply(step);
        for (Outgoing output : step.outputs()) {
            byte[] sent = output.value();
            if (output.topic() == Topic.INTERNAL && sent != null) {
                internal.add(sent);
            }
        }
    }

    private TaskRequest.Builder task(String role) {
        return TaskRequest.newBuilder()
                .setPool(POOL)
                .setTaskId("job/" + role + "/" + nextTask++)
                .setJob("job")
                .setRole(role)
                .setShell("true")
                .setResources(new Resources(1_000L, 1_024L, 0L, 0L, List.of(), List.of()));
    }

    private static TaskReport report(LaunchTask launch, int sequence, TaskState state) {
        return TaskReport.newBuilder()
                .setPool(POOL)
                .setAgentId(launch.getAgentId())
                .setTaskId(launch.getRequest().getTaskId())
                .setAttempt(launch.getAttempt())
                .setReportSequence(sequence)
                .setState(state)
                .setReason(Reason.REASON_NONE)
                .setSource(StatusSource.SOURCE_AGENT)
                .build();
    }

    private static AgentRegistered agent(int number) {
        return AgentRegistered.newBuilder()
                .setPool(POOL)
                .setAgentId(String.format("agent-%06d", number))
                .setIncarnation(1)
                .setWorkDirId("bench")
                .setHostname("host-" + number)
                .setLaunchPartition(0)
                .setResources(new Resources(CORES * 1_000L, CORES * 4_096L, 0L, 0L, List.of(), List.of()))
                .setSentAt(Instant.EPOCH)
                .build();
    }

    private static Topic topicOf(SpecificRecord record) {
        for (Topic topic : Topic.inbound()) {
            if (topic.types().contains(record.getClass())) {
                return topic;
            }
        }
        throw new IllegalArgumentException("no inbound topic carries " + record.getClass());
    }
}
