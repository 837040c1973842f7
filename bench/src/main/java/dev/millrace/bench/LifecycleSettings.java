package dev.millrace.bench;

import java.time.Duration;

/**
 * What is measured.
 *
 * @param pool the pool; its own alone, because other agents' tasks would be counted for nothing
 * @param agents how many simulated agents there are; 0 = none, the pool has agents of its own
 * @param tasks how many tasks are measured
 * @param warmUpTasks how many tasks go before them, unmeasured, until the program is compiled and caches are filled
 * @param inFlight how many tasks have been submitted and have not ended at any time: more of them wait longer, fewer leave the cluster idle
 * @param runTime how long each task runs
 */
public record LifecycleSettings(String pool, int agents, int tasks, int warmUpTasks, int inFlight, Duration runTime) {
    public LifecycleSettings {
        requireRange("agents", agents, 0, 20_000);
        requireRange("tasks", tasks, 1, 10_000_000);
        requireRange("warm-up tasks", warmUpTasks, 0, 1_000_000);
        requireRange("tasks in flight", inFlight, 1, 1_000_000);
        if (runTime.isNegative()) {
            throw new IllegalArgumentException("a run time must not be negative");
        }
    }

    /** Whether the tasks are run by agents that the pool has. */
    boolean realAgents() {
        return agents == 0;
    }

    static void requireRange(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + ": " + value + " is not between " + least + " and " + most);
        }
    }
}
