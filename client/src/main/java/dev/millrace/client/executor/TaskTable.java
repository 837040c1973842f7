package dev.millrace.client.executor;

import dev.millrace.contract.ExecutorTask;
import dev.millrace.contract.ExecutorUpdate;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.RegisterExecutor;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.UpdateAcknowledged;
import dev.millrace.schemas.ExecutorRules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that an executor has, and its updates that are not acknowledged. A task is had from its launch until its end is acknowledged. Mutable;
 * guarded by the driver's lock.
 */
final class TaskTable {
    /** What is more is sent after the registration, which has to fit into a frame. */
    private static final int MAX_REGISTRATION_BYTES = 400_000;

    /** More than an update has beside its message and data. */
    private static final int UPDATE_BYTES = 300;

    private static final int MAX_CHARACTER_BYTES = 3;

    private final Map<ExecutorTask, Progress> tasks = new LinkedHashMap<>();
    private final List<Update> updates = new ArrayList<>();

    private static final class Progress {
        long sequence;
        TaskState state = TaskState.TASK_STAGING;
        boolean ended;
    }

    private static final class Update {
        final ExecutorUpdate record;
        boolean sent;

        Update(ExecutorUpdate record) {
            this.record = record;
        }
    }

    /** Takes a task; false = it is there already. */
    boolean begin(LaunchTask launch) {
        ExecutorTask task = new ExecutorTask(launch.getRequest().getTaskId(), launch.getAttempt());
        return tasks.putIfAbsent(task, new Progress()) == null;
    }

    /**
     * Takes an update.
     *
     * @throws IllegalArgumentException if the task is not there, has ended, or cannot be in that state after what was said of it last
     */
    void add(TaskUpdate update) {
        ExecutorTask task = new ExecutorTask(update.taskId(), update.attempt());
        Progress progress = tasks.get(task);
        if (progress == null || !ExecutorRules.mayFollow(progress.state, update.state())) {
            throw new IllegalArgumentException(
                    "attempt " + update.attempt() + " of " + update.taskId() + fault(progress, update));
        }
        progress.sequence++;
        progress.state = update.state();
        progress.ended = ExecutorRules.isEnd(update.state());
        updates.add(new Update(ExecutorUpdate.newBuilder()
                .setTaskId(update.taskId())
                .setAttempt(update.attempt())
                .setSequence(progress.sequence)
                .setState(update.state())
                .setReason(update.reason())
                .setMessage(update.message())
                .setData(update.data())
                .build()));
    }

    private static String fault(@Nullable Progress progress, TaskUpdate update) {
        if (progress == null) {
            return " is not a task of this executor, or was one";
        }
        return progress.ended
                ? " has ended"
                : " was said to be " + progress.state + ", after which it cannot be " + update.state();
    }

    /** An update is safe. */
    void acknowledged(UpdateAcknowledged acknowledged) {
        updates.removeIf(update -> update.record.getTaskId().equals(acknowledged.getTaskId())
                && update.record.getAttempt() == acknowledged.getAttempt()
                && update.record.getSequence() == acknowledged.getSequence());
        ExecutorTask task = new ExecutorTask(acknowledged.getTaskId(), acknowledged.getAttempt());
        Progress progress = tasks.get(task);
        if (progress != null && progress.ended && progress.sequence == acknowledged.getSequence()) {
            tasks.remove(task);
        }
    }

    /** Is there no task whose end is not acknowledged? */
    boolean isEmpty() {
        return tasks.isEmpty();
    }

    /** Was the end of each task said, whether or not it is acknowledged? */
    boolean allEnded() {
        return tasks.values().stream().allMatch(progress -> progress.ended);
    }

    boolean allAcknowledged() {
        return updates.isEmpty();
    }

    /** Begins a connection, on which nothing was sent: says what there is. */
    RegisterExecutor registration(ExecutorEnvironment environment) {
        List<ExecutorUpdate> first = new ArrayList<>();
        int bytes = 0;
        boolean room = true;
        for (Update update : updates) {
            bytes += UPDATE_BYTES
                    + update.record.getData().remaining()
                    + MAX_CHARACTER_BYTES * update.record.getMessage().length();
            // No later one goes before an earlier one.
            room &= bytes <= MAX_REGISTRATION_BYTES;
            update.sent = room;
            if (room) {
                first.add(update.record);
            }
        }
        return new RegisterExecutor(
                environment.frameworkId(),
                environment.executorId(),
                environment.token(),
                new ArrayList<>(tasks.keySet()),
                first);
    }

    /** The updates that were not sent on this connection, in order; from now on they were. */
    List<ExecutorUpdate> takeUnsent() {
        List<ExecutorUpdate> unsent = new ArrayList<>();
        for (Update update : updates) {
            if (!update.sent) {
                update.sent = true;
                unsent.add(update.record);
            }
        }
        return unsent;
    }
}
