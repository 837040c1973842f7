package dev.millrace.cli.run;

import dev.millrace.contract.Reason;
import dev.millrace.contract.Resources;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.time.Instant;
import java.util.Set;

/** Makes statuses and requests for tests. */
final class Statuses {
    static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Set<TaskState> ENDS = Set.of(
            TaskState.TASK_FINISHED,
            TaskState.TASK_FAILED,
            TaskState.TASK_KILLED,
            TaskState.TASK_ERROR,
            TaskState.TASK_LOST);

    private Statuses() {}

    static TaskRequest request(String taskId, String submissionId) {
        return TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId(taskId)
                .setSubmissionId(submissionId)
                .setResources(Resources.newBuilder().setCpuMillis(100).build())
                .setShell("true")
                .build();
    }

    static TaskStatus.Builder status(String taskId, long sequence, TaskState state) {
        return TaskStatus.newBuilder()
                .setPool("default")
                .setTaskId(taskId)
                .setSubmissionId("s")
                .setSequence(sequence)
                .setAttempt(1)
                .setState(state)
                .setAttemptEnded(ENDS.contains(state))
                .setTaskEnded(ENDS.contains(state))
                .setSource(StatusSource.SOURCE_SCHEDULER)
                .setDecidedAt(NOON);
    }

    static TaskStatus refusal(String taskId, String submissionId) {
        return status(taskId, 0, TaskState.TASK_ERROR)
                .setSubmissionId(submissionId)
                .setReason(Reason.REASON_DUPLICATE_TASK_ID)
                .setTaskEnded(false)
                .build();
    }
}
