package dev.millrace.core;

import dev.millrace.contract.PlacementNote;
import dev.millrace.contract.Reason;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Topic;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Writes the status stream: gives each status of a task the next sequence number, and keeps on the task what its last one said. */
final class Statuses {
    /** What only some statuses carry. */
    private record Extras(
            @Nullable Long delayMs,
            @Nullable Long peakMemoryBytes,
            @Nullable PlacementNote placement,
            ByteBuffer data) {
        static final Extras NONE = new Extras(null, null, null, NO_DATA);
    }

    private static final ByteBuffer NO_DATA = ByteBuffer.allocate(0);

    private final PoolState state;

    Statuses(PoolState state) {
        this.state = state;
    }

    /** Publishes the state that the task is in now. */
    void publish(Task task, Cause cause, Outbox out) {
        publish(task, cause, Extras.NONE, out);
    }

    /** Publishes TASK_STAGING with what the placement considered. */
    void publishPlaced(Task task, Cause cause, PlacementNote placement, Outbox out) {
        publish(task, cause, new Extras(null, null, placement, NO_DATA), out);
    }

    /** Publishes TASK_QUEUED with the delay before the attempt. */
    void publishDelayed(Task task, Cause cause, long delayMs, Outbox out) {
        publish(task, cause, new Extras(delayMs, null, null, NO_DATA), out);
    }

    /** Publishes what an agent or executor reported. */
    void publishReported(Task task, TaskReport report, Cause cause, Outbox out) {
        task.exitCode = report.getExitCode();
        task.signal = report.getSignal();
        if (report.getStartedAt() != null) {
            task.startedWallMs = report.getStartedAt().toEpochMilli();
        }
        if (report.getEndedAt() != null) {
            task.endedWallMs = report.getEndedAt().toEpochMilli();
        }
        publish(task, cause, new Extras(null, report.getPeakMemoryBytes(), null, report.getData()), out);
    }

    /** Answers a request that is refused and is no part of any task's life. */
    void refuse(String taskId, String submissionId, String frameworkId, TaskState answer, Cause cause, Outbox out) {
        out.send(Topic.TASK_STATUS, taskId, refusal(taskId, submissionId, frameworkId, answer, cause));
    }

    /** What is said of something that is no part of any task's life. */
    TaskStatus refusal(String taskId, String submissionId, String frameworkId, TaskState answer, Cause cause) {
        return TaskStatus.newBuilder()
                .setPool(state.pool)
                .setTaskId(taskId)
                .setSubmissionId(submissionId)
                .setSequence(0)
                .setAttempt(1)
                .setState(answer)
                .setSource(StatusSource.SOURCE_SCHEDULER)
                .setReason(cause.reason())
                .setMessage(cause.message())
                .setDecidedAt(now())
                .setFrameworkId(frameworkId)
                .build();
    }

    /** The last status of a task once more, for who asks where it stands. */
    TaskStatus current(Task task) {
        return status(task, Cause.scheduler(Reason.REASON_RECONCILIATION, task.message), Extras.NONE);
    }

    private void publish(Task task, Cause cause, Extras extras, Outbox out) {
        task.sequence++;
        task.reason = cause.reason();
        task.message = cause.message();
        state.touch(task);
        out.send(Topic.TASK_STATUS, task.id, status(task, cause, extras));
    }

    private TaskStatus status(Task task, Cause cause, Extras extras) {
        return new TaskStatus(
                state.pool,
                task.id,
                task.submissionId,
                task.role,
                task.sequence,
                task.attempt,
                task.state,
                Transitions.endsAttempt(task.state),
                task.ended,
                cause.source(),
                cause.reason(),
                cause.message(),
                task.agentId,
                now(),
                extras.delayMs(),
                task.exitCode,
                task.signal,
                instant(task.startedWallMs),
                instant(task.endedWallMs),
                extras.peakMemoryBytes(),
                extras.placement(),
                task.frameworkId,
                task.executorId,
                extras.data());
    }

    private Instant now() {
        return Instant.ofEpochMilli(state.clocks.wallMs());
    }

    private static @Nullable Instant instant(long epochMs) {
        return epochMs == 0 ? null : Instant.ofEpochMilli(epochMs);
    }
}
