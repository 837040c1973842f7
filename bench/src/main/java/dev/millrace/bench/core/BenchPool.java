package dev.millrace.bench.core;

import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Resources;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/**
 * The pool that speed is measured on: agents of five sizes in racks and zones, filled to the half with tasks that stay. What there is follows
 * from a fixed seed. Mutable; owned by the thread that measures.
 */
final class BenchPool {
    private static final long SEED = 1;
    private static final int REMEMBERED = 1_000;
    private static final int RACKS = 100;
    private static final int ZONES = 4;
    private static final int KINDS = 3;

    private static final List<Long> AGENT_CORES = List.of(16L, 32L, 48L, 64L, 96L);
    private static final List<Long> STAYING_CORES = List.of(4L, 8L, 12L);

    /** Shapes of the tasks that come and go: thousandths of a core, then MiB. */
    private static final long[][] SHAPES = {{500, 1_024}, {1_000, 2_048}, {1_000, 4_096}, {2_000, 4_096}, {500, 512}};

    private final LoneShard shard = new LoneShard();
    private final Random random = new Random(SEED);
    private int nextTask;

    BenchPool() {
        shard.on(settings()
                .setPlacement(PlacementPolicy.SPREAD)
                .setEndedHorizonTasks(REMEMBERED)
                .setUnreachableTimeoutMs(Duration.ofHours(1).toMillis())
                .build());
    }

    LoneShard shard() {
        return shard;
    }

    /** Registers so many agents and fills half of their cores, spread over all as in a cluster that has run for long. */
    void fill(int agents) {
        long millis = 0;
        for (int i = 0; i < agents; i++) {
            long cores = AGENT_CORES.get(random.nextInt(AGENT_CORES.size()));
            millis += cores * 1_000;
            shard.on(agent(i, cores * 1_000, cores * 4_096));
        }
        for (long filledMillis = 0; filledMillis < millis / 2; ) {
            long cores = STAYING_CORES.get(random.nextInt(STAYING_CORES.size()));
            filledMillis += cores * 1_000;
            shard.on(task("staying", cores * 1_000, cores * 2_048).build());
        }
    }

    /** From now on agents are chosen by this policy. */
    void place(PlacementPolicy policy) {
        shard.on(settings().setPlacement(policy).build());
    }

    /** Sends so many small tasks of these roles that may be placed from that time on, each with so many constraints. */
    void queue(int tasks, int roles, int constraints, Instant notBefore) {
        for (int i = 0; i < tasks; i++) {
            int kind = random.nextInt(SHAPES.length);
            int role = i % roles;
            shard.on(task("role-" + role, SHAPES[kind][0], SHAPES[kind][1])
                    .setConstraints(constraints(constraints, role + kind))
                    .setNotBefore(notBefore)
                    .build());
        }
    }

    /** Ends launched tasks as if their agents had reported it. */
    void end(List<LaunchTask> launches) {
        for (LaunchTask launch : launches) {
            shard.on(TaskReport.newBuilder()
                    .setPool(LoneShard.POOL)
                    .setAgentId(launch.getAgentId())
                    .setTaskId(launch.getRequest().getTaskId())
                    .setAttempt(launch.getAttempt())
                    .setReportSequence(1)
                    .setState(TaskState.TASK_FINISHED)
                    .setReason(Reason.REASON_NONE)
                    .setSource(StatusSource.SOURCE_AGENT)
                    .build());
        }
    }

    static ConfigurePool.Builder settings() {
        return ConfigurePool.newBuilder().setPool(LoneShard.POOL);
    }

    static AgentRegistered agent(int number, long cpuMillis, long memMib) {
        return AgentRegistered.newBuilder()
                .setPool(LoneShard.POOL)
                .setAgentId(String.format("agent-%06d", number))
                .setIncarnation(1)
                .setWorkDirId("bench")
                .setHostname("host-" + number)
                .setLaunchPartition(0)
                .setResources(new Resources(cpuMillis, memMib, 0L, 0L, List.of(), List.of()))
                .setAttributes(List.of(
                        new KeyValue("kind", "k" + number % KINDS),
                        new KeyValue("os", "linux"),
                        new KeyValue("rack", "r" + number % RACKS),
                        new KeyValue("zone", "z" + number % ZONES)))
                .setSentAt(Instant.EPOCH)
                .build();
    }

    TaskRequest.Builder task(String role, long cpuMillis, long memMib) {
        return TaskRequest.newBuilder()
                .setPool(LoneShard.POOL)
                .setTaskId("task-" + nextTask++)
                .setRole(role)
                .setShell("true")
                .setResources(new Resources(cpuMillis, memMib, 0L, 0L, List.of(), List.of()));
    }

    private static List<Constraint> constraints(int count, int which) {
        return List.of(
                        new Constraint(
                                "zone", ConstraintOperator.IN, List.of("z" + which % ZONES, "z" + (which + 1) % ZONES)),
                        new Constraint("kind", ConstraintOperator.NOT_EQUALS, List.of("k" + which % KINDS)),
                        new Constraint("rack", ConstraintOperator.MATCHES, List.of("r[0-9]*[" + which % 5 + "-9]")),
                        new Constraint("os", ConstraintOperator.EQUALS, List.of("linux")))
                .subList(0, count);
    }
}
