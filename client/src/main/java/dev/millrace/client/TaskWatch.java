package dev.millrace.client;

import dev.millrace.contract.TaskStatus;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of one task, from when this was opened: its statuses as they come, and its end. Open it before submitting the task, then nothing is
 * missed; a task that had ended before does not end again. Statuses come on a thread of its own, which must not be kept busy; any thread may use it.
 */
public final class TaskWatch implements AutoCloseable {
    private final Consumer<TaskStatus> taker;
    private final String taskId;
    private final TaskEnds ends;
    private final CompletableFuture<TaskStatus> end = new CompletableFuture<>();
    private final StatusFollower follower;
    private volatile @Nullable TaskStatus last;

    /** Connects, and settles where to begin before it returns. */
    TaskWatch(ClusterConfig config, String pool, String taskId, Consumer<TaskStatus> taker) {
        this.taskId = taskId;
        this.taker = taker;
        this.ends = new TaskEnds(List.of(taskId));
        this.follower = new StatusFollower(config, pool, Start.end(), this::take, end::completeExceptionally);
    }

    /** The task's last status so far; empty if none has come yet. */
    public Optional<TaskStatus> last() {
        return Optional.ofNullable(last);
    }

    /**
     * Completes with the task's last status when it has ended, or its request was refused; what counts as an end is as in {@link
     * StatusStream#awaitEnd}. Fails if the statuses cannot be read or the taker fails, and is cancelled if this is closed before.
     */
    public CompletableFuture<TaskStatus> end() {
        return end.copy();
    }

    /** Stops watching; the task is left alone. */
    @Override
    public void close() {
        follower.close();
        end.cancel(false);
    }

    private void take(TaskStatus status) {
        if (!status.getTaskId().equals(taskId) || end.isDone()) {
            return;
        }
        last = status;
        taker.accept(status);
        if (ends.endedBy(status)) {
            end.complete(status);
        }
    }
}
