package dev.millrace.bench;

import java.time.Duration;
import java.util.List;

/**
 * What was measured.
 *
 * @param settings what was asked for
 * @param took from the first submission to the last end
 * @param lifecyclesPerSecond tasks that went from request to end, each second
 * @param submitToRunning from handing the request to the client to reading the task's TASK_RUNNING
 * @param submitToFinished from handing the request to the client to reading the task's TASK_FINISHED
 * @param statuses how many statuses the measured tasks had
 * @param faults what was not as promised; empty if every task ended once and all sequences were without gap
 */
public record LifecycleResult(
        LifecycleSettings settings,
        Duration took,
        double lifecyclesPerSecond,
        Latency submitToRunning,
        Latency submitToFinished,
        long statuses,
        List<String> faults) {
    public LifecycleResult {
        faults = List.copyOf(faults);
    }
}
