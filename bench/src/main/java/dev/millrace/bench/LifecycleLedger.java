package dev.millrace.bench;

import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import org.HdrHistogram.Histogram;

/**
 * Keeps book of the tasks of one measurement: when each was submitted, and what its statuses said. It trusts nothing: sequences must count
 * without gap from 1, and each task must finish exactly once.
 *
 * <p>{@link #submitted} is called by the thread that submits, everything else by the one that reads the statuses.
 */
final class LifecycleLedger {
    /** Enough to see what kind of thing went wrong. */
    private static final int MAX_FAULTS = 20;

    private static final long MAX_LATENCY_NS = 3_600_000_000_000L;
    private static final int SIGNIFICANT_DIGITS = 3;

    private final Map<String, Integer> numbers;
    private final AtomicLongArray submittedNs;
    private final int[] sequences;
    private final boolean[] running;
    private final boolean[] ended;
    private final Histogram toRunning = new Histogram(MAX_LATENCY_NS, SIGNIFICANT_DIGITS);
    private final Histogram toFinished = new Histogram(MAX_LATENCY_NS, SIGNIFICANT_DIGITS);
    private final List<String> faults = new ArrayList<>();
    private long statuses;
    private int endedCount;

    /** Books for these tasks, which are known by their places in the list. */
    LifecycleLedger(List<String> taskIds) {
        this.numbers = new HashMap<>(taskIds.size() * 2);
        for (int number = 0; number < taskIds.size(); number++) {
            numbers.put(taskIds.get(number), number);
        }
        this.submittedNs = new AtomicLongArray(taskIds.size());
        this.sequences = new int[taskIds.size()];
        this.running = new boolean[taskIds.size()];
        this.ended = new boolean[taskIds.size()];
    }

    void submitted(int number, long nowNs) {
        submittedNs.set(number, nowNs);
    }

    /** Takes a status; one of a task that is not in the books is none of its business. */
    void take(TaskStatus status, long nowNs) {
        var number = numbers.get(status.getTaskId());
        if (number == null) {
            return;
        }
        statuses++;
        checkOrder(status, number);
        sequences[number] = (int) status.getSequence();
        if (status.getState() == TaskState.TASK_RUNNING && !running[number]) {
            running[number] = true;
            toRunning.recordValue(nowNs - submittedNs.get(number));
        }
        if (status.getTaskEnded()) {
            end(status, number, nowNs);
        }
    }

    private void checkOrder(TaskStatus status, int number) {
        if (ended[number]) {
            fault(status, "came after the task's end");
        }
        if (status.getSequence() != sequences[number] + 1) {
            fault(status, "followed sequence " + sequences[number]);
        }
    }

    private void end(TaskStatus status, int number, long nowNs) {
        if (status.getState() != TaskState.TASK_FINISHED) {
            fault(status, "is no TASK_FINISHED: " + status.getReason() + " " + status.getMessage());
        }
        if (!ended[number]) {
            ended[number] = true;
            endedCount++;
            toFinished.recordValue(nowNs - submittedNs.get(number));
        }
    }

    private void fault(TaskStatus status, String what) {
        if (faults.size() < MAX_FAULTS) {
            faults.add(status.getState() + " of " + status.getTaskId() + " with sequence " + status.getSequence() + " "
                    + what);
        }
    }

    /** How many tasks have ended. */
    int endedCount() {
        return endedCount;
    }

    boolean allEnded() {
        return endedCount == ended.length;
    }

    /** How many statuses there were. */
    long statuses() {
        return statuses;
    }

    /** What should not have been, in words; empty if all was as promised. */
    List<String> faults() {
        var all = new ArrayList<>(faults);
        if (!allEnded()) {
            all.add(ended.length - endedCount + " of " + ended.length + " tasks have not ended");
        }
        if (toRunning.getTotalCount() != endedCount) {
            all.add("only " + toRunning.getTotalCount() + " of " + endedCount + " tasks that ended were seen running");
        }
        return all;
    }

    Latency toRunning() {
        return Latency.of(toRunning);
    }

    Latency toFinished() {
        return Latency.of(toFinished);
    }
}
