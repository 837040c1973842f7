package dev.millrace.chaos.check;

import dev.millrace.contract.Reason;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.core.Transitions;
import java.time.Instant;

/** Makes the statuses of one task, each following from the one before unless a test changes it. */
final class StatusesOfTask {
    private final String task;
    private long sequence;
    private int attempt = 1;

    StatusesOfTask(String task) {
        this.task = task;
    }

    TaskStatus queued() {
        return next(TaskState.TASK_QUEUED).build();
    }

    TaskStatus staging(String agent) {
        return next(TaskState.TASK_STAGING).setAgentId(agent).build();
    }

    TaskStatus running() {
        return next(TaskState.TASK_RUNNING).build();
    }

    TaskStatus dropped() {
        return next(TaskState.TASK_DROPPED).build();
    }

    /** The end of the task. */
    TaskStatus finished() {
        return next(TaskState.TASK_FINISHED).setTaskEnded(true).setExitCode(0).build();
    }

    TaskStatus queuedAgain() {
        attempt++;
        return queued();
    }

    TaskStatus.Builder next(TaskState state) {
        return TaskStatus.newBuilder()
                .setPool("pool")
                .setTaskId(task)
                .setSequence(++sequence)
                .setAttempt(attempt)
                .setState(state)
                .setAttemptEnded(Transitions.endsAttempt(state))
                .setReason(Reason.REASON_NONE)
                .setSource(StatusSource.SOURCE_SCHEDULER)
                .setDecidedAt(Instant.EPOCH);
    }
}
