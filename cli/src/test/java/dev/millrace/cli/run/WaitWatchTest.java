package dev.millrace.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PendingKind;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.Veto;
import dev.millrace.contract.VetoCause;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WaitWatchTest {
    private final List<String> complaints = new ArrayList<>();
    private final List<Collection<String>> questions = new ArrayList<>();
    private final Map<String, PendingExplained> reasons = new HashMap<>();
    private long nowNs;
    private final WaitWatch watch = new WaitWatch(
            List.of(Statuses.request("j-1/t/0", "s"), Statuses.request("j-1/t/1", "s")),
            this::answer,
            () -> nowNs,
            complaints::add);

    @Test
    void saysWhyATaskWaitsThatHasBeenQueuedForAWhile() {
        reasons.put("j-1/t/0", explained(PendingKind.NO_AGENT_LARGE_ENOUGH, VetoCause.VETO_TOO_SMALL));
        watch.take(Statuses.status("j-1/t/0", 1, TaskState.TASK_QUEUED).build());
        pass(2);
        assertThat(complaints).isEmpty();

        pass(1);

        assertThat(complaints)
                .containsExactly(
                        "millrace: t/0 waits. No agent that meets its constraints is large enough, however empty:"
                                + " 3 of 3 agents have less cpus in all than it needs.");
    }

    @Test
    void saysItOnceForTasksThatAskForTheSame() {
        reasons.put("j-1/t/0", explained(PendingKind.NO_AGENT_MEETS_CONSTRAINTS, VetoCause.VETO_CONSTRAINT));
        queueBoth();

        pass(3);
        pass(5);
        pass(5);

        assertThat(questions.get(0)).containsExactly("j-1/t/0");
        assertThat(complaints).singleElement().asString().startsWith("millrace: 2 tasks wait, such as t/0. No agent");
    }

    @Test
    void saysItAgainWhenTheReasonChanges() {
        reasons.put("j-1/t/0", explained(PendingKind.NO_AGENT_MEETS_CONSTRAINTS, VetoCause.VETO_CONSTRAINT));
        queueBoth();
        pass(3);
        reasons.put("j-1/t/0", explained(PendingKind.WAITS_FOR_RESOURCES, VetoCause.VETO_TOO_FULL));

        pass(5);

        assertThat(complaints).hasSize(2);
        assertThat(complaints.get(1)).contains("It waits for room");
    }

    @Test
    void saysNothingOfTasksThatWaitForRoomWhileOthersOfTheRunGetOn() {
        reasons.put("j-1/t/0", explained(PendingKind.WAITS_FOR_RESOURCES, VetoCause.VETO_TOO_FULL));
        queueBoth();
        pass(2);
        watch.take(Statuses.status("j-1/t/1", 2, TaskState.TASK_STAGING).build());
        pass(2);

        assertThat(questions).hasSize(1);
        assertThat(complaints).isEmpty();
    }

    @Test
    void saysNothingOfATaskThatIsHeldBackUntilItsNextAttempt() {
        reasons.put("j-1/t/0", explained(PendingKind.NO_AGENTS, VetoCause.VETO_UNKNOWN));
        watch.take(Statuses.status("j-1/t/0", 5, TaskState.TASK_QUEUED)
                .setDelayMs(10_000L)
                .build());

        pass(12);

        assertThat(questions).isEmpty();
    }

    private void queueBoth() {
        watch.take(Statuses.status("j-1/t/0", 1, TaskState.TASK_QUEUED).build());
        watch.take(Statuses.status("j-1/t/1", 1, TaskState.TASK_QUEUED).build());
    }

    private CompletableFuture<Map<String, PendingExplained>> answer(Collection<String> taskIds) {
        questions.add(List.copyOf(taskIds));
        var answer = new HashMap<>(reasons);
        answer.keySet().retainAll(taskIds);
        return CompletableFuture.completedFuture(answer);
    }

    /** Time goes by, and the watch looks twice: once to ask, once to hear. */
    private void pass(long seconds) {
        nowNs += TimeUnit.SECONDS.toNanos(seconds);
        watch.look();
        watch.look();
    }

    private static PendingExplained explained(PendingKind kind, VetoCause cause) {
        return PendingExplained.newBuilder()
                .setPool("default")
                .setRequestClass("a class")
                .setKind(kind)
                .setAgentsActive(3)
                .setVetoes(List.of(new Veto(cause, "cpus", 3)))
                .setTasksWaiting(1)
                .setDecidedAt(Statuses.NOON)
                .build();
    }
}
