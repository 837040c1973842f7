package dev.millrace.client.framework;

import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The tasks of a framework that its driver has heard of, and their states. A task's statuses may come in any order, for answers about where it stands
 * overtake them, or are overtaken. Any thread may use it.
 */
final class KnownTasks {
    private static final Known LAUNCHED = new Known(TaskState.TASK_QUEUED, 0);

    private final Map<String, Known> live = new HashMap<>();
    /** Output and earlier statuses may come after the end. */
    private final RecentIds endedIds = new RecentIds();

    private final TreeMap<TaskState, Integer> ended = new TreeMap<>();

    private record Known(TaskState state, long sequence) {}

    /** A task is going to be launched. */
    synchronized void launched(String taskId) {
        endedIds.remove(taskId);
        live.putIfAbsent(taskId, LAUNCHED);
    }

    /** A task was not launched after all. */
    synchronized void notLaunched(String taskId) {
        live.remove(taskId, LAUNCHED);
    }

    /** A task has a new state, or, if it was not launched, none. */
    synchronized void update(TaskStatus status) {
        String taskId = status.getTaskId();
        long sequence = status.getSequence();
        if (sequence == 0) {
            notLaunched(taskId);
        } else if (!endedIds.contains(taskId)
                && sequence > live.getOrDefault(taskId, LAUNCHED).sequence()) {
            if (status.getTaskEnded()) {
                live.remove(taskId);
                endedIds.add(taskId);
                ended.merge(status.getState(), 1, Integer::sum);
            } else {
                live.put(taskId, new Known(status.getState(), sequence));
            }
        }
    }

    /** Whether it is one of them, or was not long ago. */
    synchronized boolean knows(String taskId) {
        return live.containsKey(taskId) || endedIds.contains(taskId);
    }

    /** How many there are in each state, those that have ended since the driver began included. */
    synchronized SortedMap<TaskState, Integer> count() {
        TreeMap<TaskState, Integer> counts = new TreeMap<>(ended);
        live.values().forEach(known -> counts.merge(known.state(), 1, Integer::sum));
        return counts;
    }
}
