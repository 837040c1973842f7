package dev.millrace.cli.run;

import static dev.millrace.cli.run.Statuses.NOON;
import static dev.millrace.cli.run.Statuses.status;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.cli.output.Style;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class StatusLinesTest {
    @Test
    void saysOfAUsualStatusOnlyWhatItsStateDoesNot() {
        assertThat(line(status("j/a/0", 1, TaskState.TASK_QUEUED)
                        .setReason(Reason.REASON_REQUEST_ACCEPTED)
                        .build()))
                .isEqualTo("12:00:00  a/0  QUEUED");
        assertThat(line(status("j/a/0", 2, TaskState.TASK_RUNNING)
                        .setAgentId("agent-2")
                        .setReason(Reason.REASON_COMMAND_STARTED)
                        .build()))
                .isEqualTo("12:00:00  a/0  RUNNING      on agent-2");
    }

    @Test
    void saysOnceWhichFrameworkLaunchedATask() {
        assertThat(line(status("j/a/0", 1, TaskState.TASK_QUEUED)
                        .setFrameworkId("spark")
                        .build()))
                .isEqualTo("12:00:00  a/0  QUEUED       framework spark");
        assertThat(line(status("j/a/0", 2, TaskState.TASK_STAGING)
                        .setFrameworkId("spark")
                        .setAgentId("agent-2")
                        .build()))
                .isEqualTo("12:00:00  a/0  STAGING      on agent-2");
    }

    @Test
    void saysHowAnAttemptEndedAndWhatFollows() {
        assertThat(line(status("j/a/0", 3, TaskState.TASK_FAILED)
                        .setAttempt(2)
                        .setAgentId("agent-2")
                        .setReason(Reason.REASON_COMMAND_EXITED)
                        .setExitCode(7)
                        .setStartedAt(NOON)
                        .setEndedAt(NOON.plusMillis(1_500))
                        .build()))
                .isEqualTo("12:00:00  a/0  FAILED       attempt 2, on agent-2, exit code 7, after 1.5s");
        assertThat(line(status("j/a/0", 4, TaskState.TASK_QUEUED)
                        .setAttempt(3)
                        .setReason(Reason.REASON_RESTART_POLICY)
                        .setDelayMs(2_000L)
                        .build()))
                .isEqualTo("12:00:00  a/0  QUEUED       attempt 3, in 2.0s, to be restarted");
    }

    @Test
    void saysWhyARequestWasRefused() {
        assertThat(line(status("j/a/0", 0, TaskState.TASK_ERROR)
                        .setReason(Reason.REASON_DUPLICATE_TASK_ID)
                        .setMessage("a task of this id exists and is TASK_RUNNING")
                        .build()))
                .isEqualTo("12:00:00  a/0  ERROR        a task of this id exists and is TASK_RUNNING");
        assertThat(line(status("j/a/0", 0, TaskState.TASK_ERROR)
                        .setReason(Reason.REASON_TASK_INVALID)
                        .setMessage("priority is 101")
                        .build()))
                .isEqualTo("12:00:00  a/0  ERROR        invalid request, priority is 101");
    }

    @Test
    void saysOnceThatATaskRanForTooLong() {
        assertThat(line(status("j/a/0", 3, TaskState.TASK_FAILED)
                        .setAgentId("agent-2")
                        .setSignal(15)
                        .setReason(Reason.REASON_MAX_COMPLETION_TIME_REACHED)
                        .setMessage("ran for longer than 1000 ms")
                        .build()))
                .isEqualTo("12:00:00  a/0  FAILED       on agent-2, signal 15, ran for longer than 1000 ms");
    }

    private static String line(TaskStatus status) {
        return new StatusLines(Style.PLAIN, ZoneOffset.UTC).line(status, "a/0");
    }
}
