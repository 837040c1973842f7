package dev.millrace.bench.core;

import dev.millrace.contract.LaunchTask;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A half-full pool in which tasks are queued, placed and ended, round by round. Tasks wait for a not-before time, so that only placing them
 * remains to be done when it has come. A placement is all that a step does for one task: the role, the class and the agent are chosen, the
 * agent is occupied, the records of its status, its launch and the changed state are put out. Mutable; owned by the thread that measures.
 */
final class PlacementRounds {
    private static final int MOST_TASKS_A_ROUND = 10_000;
    private static final int TASKS_PER_AGENT = 10;
    private static final long WAIT_MS = 10_000;

    private final PlacementSettings settings;
    private final BenchPool pool = new BenchPool();
    private final List<LaunchTask> launched = new ArrayList<>();
    private int queued;

    PlacementRounds(PlacementSettings settings) {
        this.settings = settings;
        pool.fill(settings.agents());
        pool.place(settings.policy());
    }

    /** Ends what was placed, queues tasks, and lets their time come; when it returns, the next step places the first of them. */
    void prepare() {
        pool.end(launched);
        launched.clear();
        LoneShard shard = pool.shard();
        queued = Math.min(MOST_TASKS_A_ROUND, settings.agents() * TASKS_PER_AGENT);
        pool.queue(queued, settings.roles(), settings.constraints(), Instant.ofEpochMilli(shard.wallMs() + WAIT_MS));
        shard.tickAfter(WAIT_MS);
        while (shard.goesOn() && shard.launched().isEmpty()) {
            shard.goOn();
        }
        // The first step that places may also have released.
        launched.addAll(shard.launched());
    }

    /** Whether tasks are left that can be placed. */
    boolean goesOn() {
        return pool.shard().goesOn();
    }

    /** How many of the round's tasks are not placed yet. */
    int tasksLeft() {
        return queued - launched.size();
    }

    /** One step, which places as many tasks as a step may. */
    List<LaunchTask> step() {
        pool.shard().goOn();
        launched.addAll(pool.shard().launched());
        return pool.shard().launched();
    }

    long stepNanos() {
        return pool.shard().stepNanos();
    }

    long stepCpuNanos() {
        return pool.shard().stepCpuNanos();
    }

    long stepBytes() {
        return pool.shard().stepBytes();
    }
}
