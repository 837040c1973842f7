package dev.millrace.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The timers of a pool's tasks. A task has at most one, and which one follows from its state alone, so that timers need not be stored.
 * Those of one kind are in the order of their times, then of submission. Mutable; owned by the stream thread.
 */
final class TaskTimers {
    enum Kind {
        /** QUEUED, and its not-before time has not come; wall clock. */
        NOT_BEFORE,
        /** QUEUED with a restart delay; elapsed time. */
        RESTART_DELAY,
        /** UNREACHABLE, to be replaced after a time, once its agent is declared lost if there is a limit on that; elapsed time. */
        REPLACE,
        /** UNREACHABLE on an agent that was declared lost, to be replaced after a time; elapsed time. */
        REPLACE_DECLARED,
        /** Over, and to be forgotten after the horizon; the time is that of the end, in elapsed time. */
        ENDED
    }

    private static final Comparator<Task> BY_TIME =
            Comparator.<Task>comparingLong(t -> t.timerMs).thenComparingLong(t -> t.submission);

    private final Map<Kind, TreeSet<Task>> queues = new EnumMap<>(Kind.class);

    TaskTimers() {
        for (Kind kind : Kind.values()) {
            queues.put(kind, new TreeSet<>(BY_TIME));
        }
    }

    /** Sets the task's timer in place of any that it has. */
    void set(Task task, Kind kind, long timeMs) {
        clear(task);
        task.timer = kind;
        task.timerMs = timeMs;
        queue(kind).add(task);
    }

    void clear(Task task) {
        if (task.timer != null) {
            queue(task.timer).remove(task);
            task.timer = null;
        }
    }

    /** The task whose timer of that kind is the earliest. */
    @Nullable
    Task first(Kind kind) {
        NavigableSet<Task> queue = queue(kind);
        return queue.isEmpty() ? null : queue.first();
    }

    /** The tasks that have a timer of that kind, in order. */
    Iterable<Task> all(Kind kind) {
        return queue(kind);
    }

    int size(Kind kind) {
        return queue(kind).size();
    }

    /** The ids of the tasks that have a timer of that kind, in order; for tests of what a restart rebuilds. */
    List<String> ids(Kind kind) {
        List<String> ids = new ArrayList<>();
        for (Task task : queue(kind)) {
            ids.add(task.id + "@" + task.timerMs);
        }
        return ids;
    }

    private NavigableSet<Task> queue(Kind kind) {
        NavigableSet<Task> queue = queues.get(kind);
        if (queue == null) {
            throw new IllegalStateException("no queue for " + kind);
        }
        return queue;
    }
}
