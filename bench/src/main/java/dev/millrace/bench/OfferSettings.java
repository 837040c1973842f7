package dev.millrace.bench;

import java.time.Duration;

/**
 * What is measured of offers.
 *
 * @param pool the pool; its own alone
 * @param agents how many simulated agents there are, each with room for one task
 * @param tasks how many tasks' ends are measured
 * @param warmUpTasks how many go before them, unmeasured
 * @param runTime how long the tasks run on average; each as long as chance has it, up to twice that, so that their ends are spread
 */
public record OfferSettings(String pool, int agents, int tasks, int warmUpTasks, Duration runTime) {
    public OfferSettings {
        LifecycleSettings.requireRange("agents", agents, 1, 20_000);
        LifecycleSettings.requireRange("tasks", tasks, 1, 10_000_000);
        LifecycleSettings.requireRange("warm-up tasks", warmUpTasks, 0, 1_000_000);
        LifecycleSettings.requireRange("the run time in ms", (int) Math.min(runTime.toMillis(), 1_000_000), 1, 600_000);
    }
}
