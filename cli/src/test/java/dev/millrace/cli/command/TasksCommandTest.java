package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.TaskState;
import dev.millrace.state.SavedTask;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TasksCommandTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void reckonsTheWaitOfWhatIsTriedAgainFromTheEndOfTheAttemptBefore() {
        var first = queued(1).build();
        var again = queued(2)
                .setStartedWallMs(NOON.minusSeconds(50).toEpochMilli())
                .setEndedWallMs(NOON.minusSeconds(20).toEpochMilli())
                .build();

        assertThat(TasksCommand.since(first, NOON)).isEqualTo("1m00s");
        assertThat(TasksCommand.since(again, NOON)).isEqualTo("20s");
    }

    private static SavedTask.Builder queued(int attempt) {
        return SavedTask.newBuilder()
                .setPool("default")
                .setTaskId("t")
                .setSubmissionId("s")
                .setRole("default")
                .setSubmission(1)
                .setState(TaskState.TASK_QUEUED)
                .setAttempt(attempt)
                .setSequence(1)
                .setAcceptedWallMs(NOON.minusSeconds(60).toEpochMilli())
                .setQueuedMs(0);
    }
}
