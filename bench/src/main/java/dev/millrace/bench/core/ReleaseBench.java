package dev.millrace.bench.core;

import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.PlacementPolicy;
import dev.millrace.contract.Quota;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.TaskRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * Measures how long the longest step is when one input lets many waiting tasks be placed: a tick with which the time of all of them comes, a
 * role's limit that is raised, one huge agent that registers. What one step may not do for its size is left to the next, so it is the steps
 * that are measured, from the input on until nothing is left to do. Each case has its own pool. Before
 * the input the garbage collector runs, as if the tasks had waited for long; its pauses during the steps count.
 */
public final class ReleaseBench {
    private static final int ROLES = 10;
    private static final String LIMITED = "limited";
    private static final long WAIT_MS = 10_000;
    private static final int MOST_MICROS = 60_000_000;
    /** Each task of these cases needs so much. */
    private static final long CPU_MILLIS = 100;

    private static final long MEM_MIB = 64;
    private static final int AGENT_TASKS = 1_000;
    private static final int MOST_SHAPES = 10_000;

    private final int tasks;
    private final int agents;
    private final int shapes;
    private final int warmUpRounds;
    private final int rounds;

    /**
     * One that releases so many tasks at once.
     *
     * @param tasks how many wait
     * @param agents how many agents the pool has
     * @param shapes how many amounts of memory they need, those of each role: tasks of different needs are decided on one by one
     * @param warmUpRounds how many rounds go before the measured ones
     * @param rounds how many rounds are measured
     */
    public ReleaseBench(int tasks, int agents, int shapes, int warmUpRounds, int rounds) {
        if (tasks < 1 || tasks > 1_000_000) {
            throw new IllegalArgumentException("tasks: " + tasks + " is not between 1 and 1000000");
        }
        if (agents < 1 || agents > 100_000) {
            throw new IllegalArgumentException("agents: " + agents + " is not between 1 and 100000");
        }
        if (tasks > (long) agents * AGENT_TASKS) {
            throw new IllegalArgumentException(
                    "agents: " + agents + " are too few for " + tasks + " tasks: each may have " + AGENT_TASKS);
        }
        if (shapes < 1 || shapes > MOST_SHAPES) {
            throw new IllegalArgumentException("shapes: " + shapes + " is not between 1 and " + MOST_SHAPES);
        }
        this.tasks = tasks;
        this.agents = agents;
        this.shapes = shapes;
        this.warmUpRounds = warmUpRounds;
        this.rounds = rounds;
    }

    /** Measures all cases; it takes a while. */
    public List<ReleaseResult> run() {
        return List.of(
                measure("tick", this::notBefore), measure("limit", this::limit), measure("agent", this::hugeAgent));
    }

    private static final class StepTimes {
        final Histogram micros = new Histogram(MOST_MICROS, 3);
        long maxCpuMicros;

        void add(LoneShard shard) {
            micros.recordValue(shard.stepNanos() / 1_000);
            maxCpuMicros = Math.max(maxCpuMicros, shard.stepCpuNanos() / 1_000);
        }
    }

    /** One round: queues tasks, then lets them be placed and measures the steps, then ends them. */
    private interface Round {
        List<LaunchTask> run(BenchPool pool, StepTimes times, int number);
    }

    private ReleaseResult measure(String what, Round round) {
        BenchPool pool = new BenchPool();
        pool.place(PlacementPolicy.BINPACK);
        pool.shard().on(BenchPool.settings().setPreemption(false).build());
        StepTimes times = new StepTimes();
        int placed = 0;
        for (int number = 0; number < warmUpRounds + rounds; number++) {
            if (number == warmUpRounds) {
                times = new StepTimes();
            }
            List<LaunchTask> launched = round.run(pool, times, number);
            pool.end(launched);
            placed = launched.size();
        }
        return new ReleaseResult(
                what,
                placed,
                times.micros.getTotalCount(),
                times.micros.getValueAtPercentile(50),
                times.micros.getValueAtPercentile(99),
                times.micros.getMaxValue(),
                times.maxCpuMicros);
    }

    private List<LaunchTask> notBefore(BenchPool pool, StepTimes times, int number) {
        if (number == 0) {
            addRoom(pool);
        }
        LoneShard shard = pool.shard();
        Instant then = Instant.ofEpochMilli(shard.wallMs() + WAIT_MS);
        for (int i = 0; i < tasks; i++) {
            shard.on(task(pool, "role-", i).setNotBefore(then).build());
        }
        System.gc();
        shard.tickAfter(WAIT_MS);
        return follow(shard, times);
    }

    private List<LaunchTask> limit(BenchPool pool, StepTimes times, int number) {
        if (number == 0) {
            addRoom(pool);
        }
        LoneShard shard = pool.shard();
        shard.on(limit(0));
        for (int i = 0; i < tasks; i++) {
            shard.on(task(pool, LIMITED + "/role-", i).build());
        }
        System.gc();
        shard.step(limit(tasks * CPU_MILLIS));
        return follow(shard, times);
    }

    private List<LaunchTask> hugeAgent(BenchPool pool, StepTimes times, int number) {
        LoneShard shard = pool.shard();
        if (number > 0) {
            shard.on(RemoveAgent.newBuilder()
                    .setPool(LoneShard.POOL)
                    .setAgentId(BenchPool.agent(number - 1, 1, 1).getAgentId())
                    .build());
        }
        // No agent may have more tasks, so that the others still wait from the rounds before.
        int more = number == 0 ? tasks : Math.min(tasks, AGENT_TASKS);
        for (int i = 0; i < more; i++) {
            shard.on(task(pool, "role-", i).build());
        }
        System.gc();
        shard.step(BenchPool.agent(number, tasks * CPU_MILLIS, tasks * mostMemMib()));
        return follow(shard, times);
    }

    /** Measures the step that was just taken and those that follow from it. */
    private static List<LaunchTask> follow(LoneShard shard, StepTimes times) {
        List<LaunchTask> launched = new ArrayList<>(shard.launched());
        times.add(shard);
        while (shard.goesOn()) {
            shard.goOn();
            launched.addAll(shard.launched());
            times.add(shard);
        }
        return launched;
    }

    private TaskRequest.Builder task(BenchPool pool, String role, int number) {
        return pool.task(role + number % ROLES, CPU_MILLIS, MEM_MIB + number / ROLES % shapes);
    }

    private long mostMemMib() {
        return MEM_MIB + shapes;
    }

    private void addRoom(BenchPool pool) {
        long each = ((long) tasks + agents - 1) / agents;
        for (int i = 0; i < agents; i++) {
            pool.shard().on(BenchPool.agent(i, each * CPU_MILLIS, each * mostMemMib()));
        }
    }

    private static SetRole limit(long cpuMillis) {
        return SetRole.newBuilder()
                .setPool(LoneShard.POOL)
                .setRole(LIMITED)
                .setLimit(Quota.newBuilder().setCpuMillis(cpuMillis).build())
                .setForce(true)
                .build();
    }
}
