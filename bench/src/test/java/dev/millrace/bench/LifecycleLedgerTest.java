package dev.millrace.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class LifecycleLedgerTest {
    private static final long MS = 1_000_000;

    private final LifecycleLedger ledger = new LifecycleLedger(List.of("a", "b"));

    @Test
    void findsNoFaultInWholeLifecycles() {
        lifecycle("a");
        lifecycle("b");

        assertThat(ledger.allEnded()).isTrue();
        assertThat(ledger.faults()).isEmpty();
        assertThat(ledger.statuses()).isEqualTo(8);
    }

    @Test
    void measuresFromTheSubmission() {
        ledger.submitted(0, 5 * MS);
        ledger.take(status("a", 1, TaskState.TASK_QUEUED), 6 * MS);
        ledger.take(status("a", 2, TaskState.TASK_RUNNING), 15 * MS);
        ledger.take(status("a", 3, TaskState.TASK_FINISHED), 25 * MS);

        assertThat(ledger.toRunning().p50Ms()).isBetween(9.9, 10.1);
        assertThat(ledger.toFinished().maxMs()).isBetween(19.9, 20.1);
    }

    @Test
    void noticesAGapARepetitionAndWhatComesAfterTheEnd() {
        ledger.take(status("a", 2, TaskState.TASK_STAGING), MS);
        ledger.take(status("a", 2, TaskState.TASK_STAGING), MS);
        lifecycle("b");
        ledger.take(status("b", 5, TaskState.TASK_RUNNING), MS);

        assertThat(ledger.faults())
                .contains(
                        "TASK_STAGING of a with sequence 2 followed sequence 0",
                        "TASK_STAGING of a with sequence 2 followed sequence 2",
                        "TASK_RUNNING of b with sequence 5 came after the task's end",
                        "1 of 2 tasks have not ended");
    }

    @Test
    void noticesATaskThatDidNotFinish() {
        lifecycle("a");
        ledger.take(status("b", 1, TaskState.TASK_QUEUED), MS);
        ledger.take(status("b", 2, TaskState.TASK_FAILED), MS);

        assertThat(ledger.faults()).hasSize(2).first().asString().contains("is no TASK_FINISHED");
    }

    @Test
    void takesNoNoticeOfOtherTasks() {
        ledger.take(status("somebody else's", 7, TaskState.TASK_RUNNING), MS);

        assertThat(ledger.statuses()).isZero();
    }

    private void lifecycle(String taskId) {
        ledger.take(status(taskId, 1, TaskState.TASK_QUEUED), MS);
        ledger.take(status(taskId, 2, TaskState.TASK_STAGING), MS);
        ledger.take(status(taskId, 3, TaskState.TASK_RUNNING), MS);
        ledger.take(status(taskId, 4, TaskState.TASK_FINISHED), MS);
    }

    private static TaskStatus status(String taskId, long sequence, TaskState state) {
        boolean end = state == TaskState.TASK_FINISHED || state == TaskState.TASK_FAILED;
        return TaskStatus.newBuilder()
                .setPool("default")
                .setTaskId(taskId)
                .setSequence(sequence)
                .setAttempt(1)
                .setState(state)
                .setAttemptEnded(end)
                .setTaskEnded(end)
                .setSource(StatusSource.SOURCE_SCHEDULER)
                .setDecidedAt(Instant.EPOCH)
                .build();
    }
}
