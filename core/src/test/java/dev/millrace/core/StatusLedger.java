package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Reads a status stream as a consumer would and fails at the first status that a consumer should not have seen. */
final class StatusLedger {
    private final Map<String, TaskStatus> last = new HashMap<>();

    void take(TaskStatus status) {
        if (status.getSequence() == 0) {
            assertThat(status.getTaskEnded())
                    .as("a refusal ends nothing: %s", status)
                    .isFalse();
            return;
        }
        TaskStatus before = last.put(status.getTaskId(), status);
        boolean end = Transitions.endsAttempt(status.getState());
        assertThat(status.getAttemptEnded()).as("attemptEnded of %s", status).isEqualTo(end);
        assertThat(status.getTaskEnded() && !end)
                .as("only an end ends a task: %s", status)
                .isFalse();
        if (before == null) {
            assertThat(status.getSequence()).as("first sequence of %s", status).isEqualTo(1);
            assertThat(status.getAttempt()).as("first attempt of %s", status).isEqualTo(1);
            assertThat(status.getState()).as("first state").isIn(TaskState.TASK_QUEUED, TaskState.TASK_ERROR);
            return;
        }
        assertThat(before.getTaskEnded())
                .as("%s comes after the end %s", status, before)
                .isFalse();
        assertThat(status.getSequence()).as("sequence of %s", status).isEqualTo(before.getSequence() + 1);
        assertThat(Transitions.legal(before.getState(), status.getState()))
                .as("%s after %s", status, before)
                .isTrue();
        assertThat(status.getAttempt())
                .as("attempt of %s", status)
                .isEqualTo(before.getAttempt() + (before.getAttemptEnded() ? 1 : 0));
    }

    /** The task was forgotten: its id may be used again. */
    void forget(String taskId) {
        last.remove(taskId);
    }

    /** The last status of each task. */
    Collection<TaskStatus> last() {
        return last.values();
    }

    TaskStatus of(String taskId) {
        return last.get(taskId);
    }
}
