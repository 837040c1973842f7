package dev.millrace.core;

import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.Continue;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Quota;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Tick;
import dev.millrace.schemas.Topic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;

/**
 * A pool whose agents do as they are told and never fall silent: what is launched stays there until the test ends it. For properties over
 * many steps; {@link Harness} is the one that restarts the shard before each.
 */
final class Cluster {
    static final long TICK_MS = 250;
    private static final long NEVER_MS = 30L * 24 * 3_600_000;

    private final Shard shard;
    private final TreeMap<String, LaunchTask> placed = new TreeMap<>();
    private final TreeMap<String, KillTask> kills = new TreeMap<>();
    private final Map<String, Long> reports = new HashMap<>();
    private final Map<String, TaskStatus> last = new HashMap<>();
    private final StatusLedger ledger = new StatusLedger();
    private final List<Message> messages = new ArrayList<>();
    private final ArrayDeque<SpecificRecord> toItself = new ArrayDeque<>();
    private Consumer<Outbox> afterEachStep = out -> {};
    private boolean keepsMessages = true;
    private long wallMs = 1_700_000_000_000L;

    Cluster() {
        this(Budget.PER_STEP);
    }

    Cluster(int entitiesPerStep) {
        shard = new Shard(0, 4, entitiesPerStep);
        shard.restored();
        tick();
        on(settings()
                .setHeartbeatIntervalMs(600_000L)
                .setLeaseMs(1_200_000L)
                .setUnreachableTimeoutMs(NEVER_MS)
                .build());
    }

    static ConfigurePool.Builder settings() {
        return ConfigurePool.newBuilder().setPool(Requests.POOL);
    }

    static SetRole.Builder role(String role) {
        return SetRole.newBuilder().setPool(Requests.POOL).setRole(role);
    }

    static Quota cpus(long cpuMillis) {
        return Quota.newBuilder().setCpuMillis(cpuMillis).build();
    }

    static TaskRequest.Builder task(String id, String role, long cpuMillis, long memMib) {
        return Requests.task(id).setRole(role).setResources(Requests.resources(cpuMillis, memMib));
    }

    void afterEachStep(Consumer<Outbox> check) {
        afterEachStep = check;
    }

    /** From now on only the ledgers are kept, and no messages. */
    void forgetsMessages() {
        keepsMessages = false;
        messages.clear();
    }

    Cluster agent(String id, long cpuMillis, long memMib) {
        return on(Requests.agent(id, 1)
                .setResources(Requests.resources(cpuMillis, memMib))
                .build());
    }

    /** Takes an input and all that the shard then sends itself. */
    Cluster on(SpecificRecord value) {
        step(topicOf(value), value);
        while (!toItself.isEmpty()) {
            step(Topic.INTERNAL, toItself.poll());
        }
        return this;
    }

    Cluster tick() {
        wallMs += TICK_MS;
        return on(new Tick(0, TICK_MS));
    }

    Cluster pass(long ms) {
        for (long passed = 0; passed < ms; passed += TICK_MS) {
            tick();
        }
        return this;
    }

    /** What is on agents, by the ids of the tasks. */
    NavigableMap<String, LaunchTask> placed() {
        return placed;
    }

    /** Of them, those that agents were told to end. */
    NavigableMap<String, KillTask> kills() {
        return kills;
    }

    /** How many tasks of that role, not counting those of the roles below it, are on agents. */
    long placed(String role) {
        return placed.values().stream()
                .filter(launch -> launch.getRequest().getRole().equals(role))
                .count();
    }

    Cluster ends(String taskId, TaskState end) {
        return on(report(taskId, end));
    }

    Cluster runs(String taskId) {
        return on(report(taskId, TaskState.TASK_RUNNING));
    }

    /** All that was told to end does so. */
    Cluster obeysKills() {
        while (!kills.isEmpty()) {
            ends(kills.firstKey(), TaskState.TASK_KILLED);
        }
        return this;
    }

    TaskState state(String taskId) {
        TaskStatus status = last.get(taskId);
        return status == null ? TaskState.TASK_UNKNOWN : status.getState();
    }

    TaskStatus last(String taskId) {
        return last.get(taskId);
    }

    long wallMs() {
        return wallMs;
    }

    <T extends SpecificRecord> List<T> sent(Class<T> type) {
        return messages.stream()
                .map(Message::value)
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    PoolState pool() {
        return shard.pools().iterator().next().state();
    }

    List<String> dump() {
        return ShardDump.of(shard);
    }

    private SpecificRecord report(String taskId, TaskState state) {
        LaunchTask launch = placed.get(taskId);
        if (launch == null) {
            throw new AssertionError("task " + taskId + " is on no agent");
        }
        long sequence = reports.merge(taskId + '#' + launch.getAttempt(), 1L, Long::sum);
        return Requests.report(launch.getAgentId(), taskId, launch.getAttempt(), sequence, state)
                .build();
    }

    private void step(Topic topic, SpecificRecord value) {
        Outbox out = new Outbox();
        shard.on(new Input(topic, wallMs, value), out);
        for (Message message : out.messages()) {
            if (keepsMessages) {
                messages.add(message);
            }
            if (message.value() instanceof Continue) {
                toItself.add(message.value());
            } else if (message.value() instanceof LaunchTask launch) {
                placed.put(launch.getRequest().getTaskId(), launch);
            } else if (message.value() instanceof KillTask kill) {
                kills.put(kill.getTaskId(), kill);
            } else if (message.value() instanceof TaskStatus status) {
                take(status);
            }
        }
        afterEachStep.accept(out);
    }

    private void take(TaskStatus status) {
        ledger.take(status);
        if (status.getSequence() == 0) {
            return;
        }
        last.put(status.getTaskId(), status);
        if (status.getAttemptEnded()) {
            placed.remove(status.getTaskId());
            kills.remove(status.getTaskId());
        }
    }

    private static Topic topicOf(SpecificRecord value) {
        return Topic.inbound().stream()
                .filter(topic -> topic.types().contains(value.getClass()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no inbound topic carries " + value.getClass()));
    }
}
