package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PendingKind;
import dev.millrace.contract.TaskState;
import dev.millrace.core.PlannedTask;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PlanCommandTest {
    @Test
    void saysWhereATaskWouldBePlacedAndWhatItWouldBeGiven() {
        var placed = new PlannedTask(
                "j-1/t/0", TaskState.TASK_STAGING, "a7", List.of(31_000, 31_001), List.of(2), List.of(), null, "");

        assertThat(PlanCommand.line(placed)).isEqualTo("t/0: placed on a7 (ports 31000, 31001; gpu 2)");
    }

    @Test
    void saysWhatWouldGiveWay() {
        assertThat(PlanCommand.line(waiting(List.of("x", "y"), null, "")))
                .isEqualTo("t/0: waits for a7, preempting x, y");
    }

    @Test
    void saysWhyATaskWouldWaitOrBeRefused() {
        var explained = PendingExplained.newBuilder()
                .setPool("default")
                .setRequestClass("c")
                .setKind(PendingKind.ROLE_LIMIT)
                .setAgentsActive(3)
                .setTasksWaiting(1)
                .setSubject("eng")
                .setDecidedAt(Instant.EPOCH)
                .build();
        var refused = new PlannedTask(
                "j-1/t/0",
                TaskState.TASK_ERROR,
                null,
                List.of(),
                List.of(),
                List.of(),
                null,
                "its role's queue is full");

        assertThat(PlanCommand.line(waiting(List.of(), explained, "")))
                .isEqualTo("t/0: waits. It would take role eng above its limit.");
        assertThat(PlanCommand.line(waiting(List.of(), null, "its not-before time")))
                .isEqualTo("t/0: waits for its not-before time");
        assertThat(PlanCommand.line(refused)).isEqualTo("t/0: would be refused: its role's queue is full");
    }

    @Test
    void countsEachTaskThatWouldGiveWayOnce() {
        var plan = List.of(waiting(List.of("x"), null, ""), waiting(List.of("x"), null, ""));

        assertThat(PlanCommand.summary(plan))
                .isEqualTo("2 tasks: 0 would be placed, 2 would wait, 1 other would give way. Nothing was submitted.");
    }

    private static PlannedTask waiting(List<String> preempts, @Nullable PendingExplained why, String message) {
        return new PlannedTask("j-1/t/0", TaskState.TASK_QUEUED, "a7", List.of(), List.of(), preempts, why, message);
    }
}
