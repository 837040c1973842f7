package dev.millrace.client.framework;

import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The tasks of a framework that its driver has heard of, and their states. Any thread may use it. */
final class KnownTasks {
    private final Map<String, TaskState> states = new HashMap<>();
    /** Output may come after the end. */
    private final RecentIds endedIds = new RecentIds();

    private final TreeMap<TaskState, Integer> ended = new TreeMap<>();

    /** A task is going to be launched. */
    synchronized void launched(String taskId) {
        states.putIfAbsent(taskId, TaskState.TASK_QUEUED);
    }

    /** A task has a new state, or, if it was not launched, none. */
    synchronized void update(TaskStatus status) {
        if (status.getSequence() == 0) {
            if (states.get(status.getTaskId()) == TaskState.TASK_QUEUED) {
                states.remove(status.getTaskId());
            }
        } else if (status.getTaskEnded()) {
            if (states.remove(status.getTaskId()) != null) {
                ended.merge(status.getState(), 1, Integer::sum);
            }
            endedIds.add(status.getTaskId());
        } else {
            states.put(status.getTaskId(), status.getState());
        }
    }

    /** Whether it is one of them, or was not long ago. */
    synchronized boolean knows(String taskId) {
        return states.containsKey(taskId) || endedIds.contains(taskId);
    }

    /** How many there are in each state, those that have ended since the driver began included. */
    synchronized SortedMap<TaskState, Integer> count() {
        TreeMap<TaskState, Integer> counts = new TreeMap<>(ended);
        states.values().forEach(state -> counts.merge(state, 1, Integer::sum));
        return counts;
    }
}
