package dev.millrace.core;

import static dev.millrace.contract.TaskState.TASK_FAILED;
import static dev.millrace.contract.TaskState.TASK_FINISHED;
import static dev.millrace.contract.TaskState.TASK_KILLED;
import static dev.millrace.contract.TaskState.TASK_KILLING;
import static dev.millrace.contract.TaskState.TASK_QUEUED;
import static dev.millrace.contract.TaskState.TASK_RUNNING;
import static dev.millrace.contract.TaskState.TASK_STAGING;
import static dev.millrace.core.Requests.POOL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.KillPolicy;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.Reason;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreemptionTest {
    private final Harness harness = new Harness();
    private long reportSequence;

    PreemptionTest() {
        harness.on(Cluster.settings().setUnreachableTimeoutMs(86_400_000L).build());
    }

    @Test
    void letsATaskOfLowerPriorityGiveWayAndGivesItsPlaceToThePreemptor() {
        agent("a1", 2_000);
        running(task("low", "a", 2_000, 50));
        submit(task("first", "b", 1_000, 50));
        submit(task("second", "a", 1_000, 55));

        submit(task("urgent", "a", 2_000, 60));
        end("low", TASK_KILLED);

        assertThat(harness.kills()).extracting(KillTask::getTaskId).containsExactly("low");
        assertThat(harness.last("urgent").getState()).isEqualTo(TASK_STAGING);
        assertThat(harness.last("first").getState()).isEqualTo(TASK_QUEUED);
        assertThat(harness.last("second").getState()).isEqualTo(TASK_QUEUED);
    }

    @Test
    void respectsTheGapBetweenPriorities() {
        agent("a1", 1_000);
        running(task("low", "a", 1_000, 50));

        submit(task("nearly", "a", 1_000, 59));
        harness.pass(60_000);
        boolean none = harness.kills().isEmpty();
        harness.on(Cluster.settings().setPreemptionGap(9).build());
        harness.pass(1_000);

        assertThat(none).isTrue();
        assertThat(harness.kills()).hasSize(1);
    }

    @Test
    void takesNothingWhereThePoolSaysSo() {
        harness.on(Cluster.settings().setPreemption(false).build());
        agent("a1", 1_000);
        running(task("low", "a", 1_000, 0));

        submit(task("urgent", "a", 1_000, 100));
        harness.pass(30_000);

        assertThat(harness.kills()).isEmpty();
    }

    @Test
    void takesNothingForTheSakeOfFairnessAlone() {
        agent("a1", 4_000);
        for (int i = 0; i < 4; i++) {
            running(task("a" + i, "a", 1_000, 50));
        }

        submit(task("same", "a", 1_000, 50));
        submit(task("poor", "b", 1_000, 50));
        harness.pass(120_000);

        assertThat(harness.kills()).isEmpty();
    }

    @Test
    void tellsEverybodyWhoThePreemptorIs() {
        agent("a1", 1_000);
        running(task("low", "a", 1_000, 20));

        submit(task("urgent", "b", 1_000, 70));
        end("low", TASK_KILLED);

        List<TaskStatus> statuses = harness.statuses("low");
        assertThat(statuses.subList(statuses.size() - 3, statuses.size()))
                .allSatisfy(status -> {
                    assertThat(status.getReason()).isEqualTo(Reason.REASON_PREEMPTED);
                    assertThat(status.getMessage()).isEqualTo("gives way to task urgent of role b, priority 70");
                })
                .extracting(TaskStatus::getState)
                .containsExactly(TASK_KILLING, TASK_KILLED, TASK_QUEUED);
        assertThat(harness.kills().get(0).getReason()).isEqualTo(Reason.REASON_PREEMPTED);
    }

    @Test
    void queuesATaskThatFailsAsItGivesWayBecauseOfThePreemptor() {
        agent("a1", 1_000);
        running(task("low", "a", 1_000, 20));

        submit(task("urgent", "b", 1_000, 70));
        end("low", TASK_FAILED);

        assertThat(harness.last("low").getState()).isEqualTo(TASK_QUEUED);
        assertThat(harness.last("low").getReason()).isEqualTo(Reason.REASON_PREEMPTED);
    }

    @Test
    void leavesTheGracePeriodToTheKillPolicyOfTheTask() {
        agent("a1", 1_000);
        running(TaskRequest.newBuilder(task("low", "a", 1_000, 20))
                .setKillPolicy(new KillPolicy(45_000L))
                .build());

        submit(task("urgent", "b", 1_000, 70));

        // Null = as the kill policy says, which the agent has from the launch.
        assertThat(harness.kills().get(0).getGracePeriodMs()).isNull();
        assertThat(harness.launches().get(0).getRequest().getKillPolicy().getGracePeriodMs())
                .isEqualTo(45_000);
    }

    @Test
    void endsATaskThatGivesWayAndIsNeverToRunAgain() {
        agent("a1", 1_000);
        running(TaskRequest.newBuilder(task("low", "a", 1_000, 20))
                .setRestartPolicy(new RestartPolicy(RestartMode.NEVER, 5, 0L, 0L))
                .build());

        submit(task("urgent", "b", 1_000, 70));
        end("low", TASK_KILLED);

        assertThat(harness.last("low").getTaskEnded()).isTrue();
        assertThat(harness.last("low").getReason()).isEqualTo(Reason.REASON_PREEMPTED);
    }

    @Test
    void doesNotCountAnAttemptThatGaveWay() {
        agent("a1", 1_000);
        running(TaskRequest.newBuilder(task("low", "a", 1_000, 20))
                .setRestartPolicy(new RestartPolicy(RestartMode.ON_FAILURE, 2, 0L, 0L))
                .build());

        for (int i = 0; i < 3; i++) {
            submit(task("urgent" + i, "b", 1_000, 70));
            end("low", TASK_KILLED);
            end("urgent" + i, TASK_FINISHED);
        }
        end("low", TASK_FAILED);
        boolean another = harness.last("low").getState() == TASK_STAGING;
        end("low", TASK_FAILED);

        assertThat(another).isTrue();
        assertThat(harness.last("low").getTaskEnded()).isTrue();
        assertThat(harness.last("low").getAttempt()).isEqualTo(5);
    }

    @Test
    void letsTheRoomGoWhenThePreemptorIsKilled() {
        agent("a1", 1_000);
        running(task("low", "a", 1_000, 20));
        submit(task("next", "a", 1_000, 21));

        submit(task("urgent", "b", 1_000, 70));
        harness.on(KillRequest.newBuilder().setPool(POOL).setTaskId("urgent").build());
        end("low", TASK_KILLED);

        assertThat(harness.last("next").getState()).isEqualTo(TASK_STAGING);
    }

    @Test
    void looksElsewhereWhenTheAgentIsGone() {
        agent("a1", 1_000);
        agent("a2", 1_000);
        running(task("low1", "a", 1_000, 20));
        running(task("low2", "a", 1_000, 20));

        submit(task("urgent", "b", 1_000, 70));
        String first = harness.kills().get(0).getAgentId();
        harness.on(RemoveAgent.newBuilder().setPool(POOL).setAgentId(first).build());
        harness.pass(1_000);
        end(harness.kills().get(1).getTaskId(), TASK_KILLED);

        assertThat(harness.kills()).hasSize(2);
        assertThat(harness.last("urgent").getState()).isEqualTo(TASK_STAGING);
        assertThat(harness.last("urgent").getAgentId()).isNotEqualTo(first);
    }

    @Test
    void placesThePreemptorElsewhereIfThereIsRoomSooner() {
        agent("a1", 1_000);
        running(task("low", "a", 1_000, 20));
        submit(task("next", "a", 1_000, 20));
        submit(task("urgent", "b", 1_000, 70));

        agent("a2", 1_000);
        boolean placed = harness.last("urgent").getState() == TASK_STAGING
                || harness.last("next").getState() == TASK_STAGING;
        end("low", TASK_KILLED);

        assertThat(placed).isTrue();
        assertThat(harness.last("urgent").getState()).isEqualTo(TASK_STAGING);
        assertThat(harness.last("next").getState()).isEqualTo(TASK_STAGING);
    }

    @Test
    void takesNobodyWhereEnoughEndsAnyway() {
        agent("a1", 1_000);
        agent("a2", 1_000);
        running(task("leaving", "a", 1_000, 90));
        running(task("low", "a", 1_000, 20));
        harness.on(KillRequest.newBuilder().setPool(POOL).setTaskId("leaving").build());

        submit(task("urgent", "b", 1_000, 70));

        assertThat(harness.kills()).extracting(KillTask::getTaskId).containsExactly("leaving");
        end("leaving", TASK_KILLED);
        assertThat(harness.last("urgent").getState()).isEqualTo(TASK_STAGING);
    }

    @Test
    void takesAsManyAsItNeedsForEachOfSeveralEqualTasks() {
        agent("a1", 4_000);
        for (int i = 0; i < 4; i++) {
            running(task("low" + i, "a", 1_000, 20));
        }

        for (int i = 0; i < 3; i++) {
            submit(task("urgent" + i, "b", 1_000, 70));
        }
        for (KillTask kill : harness.kills()) {
            end(kill.getTaskId(), TASK_KILLED);
        }

        assertThat(harness.kills()).extracting(KillTask::getTaskId).containsExactly("low3", "low2", "low1");
        for (int i = 0; i < 3; i++) {
            assertThat(harness.last("urgent" + i).getState()).isEqualTo(TASK_STAGING);
        }
    }

    @Test
    void takesATaskOfItsOwnRoleWhereALimitKeepsItBack() {
        harness.on(Cluster.role("a").setLimit(Cluster.cpus(1_000)).build());
        agent("a1", 2_000);
        running(task("other", "b", 1_000, 10));
        running(task("low", "a", 1_000, 20));

        submit(task("urgent", "a", 1_000, 70));
        end("low", TASK_KILLED);

        assertThat(harness.kills()).extracting(KillTask::getTaskId).containsExactly("low");
        assertThat(harness.last("urgent").getState()).isEqualTo(TASK_STAGING);
    }

    @Test
    void takesNobodyOfARoleThatIsWithinItsGuaranteeWhateverThePriority() {
        harness.on(Cluster.role("a").setGuarantee(Cluster.cpus(1_000)).build());
        agent("a1", 1_000);
        running(task("low", "a", 1_000, 0));

        submit(task("urgent", "b", 1_000, 100));
        harness.pass(60_000);

        assertThat(harness.kills()).isEmpty();
    }

    @Test
    void reclaimsForATaskForWhichAnAgentIsHeldAlready() {
        harness.on(Cluster.settings()
                .setHoldAfterMs(1_000L)
                .setReclaimDelayMs(10_000L)
                .build());
        harness.on(Cluster.role("b").setGuarantee(Cluster.cpus(1_000)).build());
        agent("a1", 1_000);
        running(TaskRequest.newBuilder(task("borrower", "a", 1_000, 50))
                .setMaxRunTimeMs(3_600_000L)
                .build());

        submit(task("owner", "b", 1_000, 50));
        harness.pass(10_500);

        assertThat(harness.kills()).hasSize(1);
    }

    private static TaskRequest task(String id, String role, long cpuMillis, int priority) {
        return Cluster.task(id, role, cpuMillis, 64)
                .setPriority(priority)
                .setRestartPolicy(new RestartPolicy(RestartMode.ON_FAILURE, 3, 0L, 0L))
                .build();
    }

    private void running(TaskRequest request) {
        submit(request);
        end(request.getTaskId(), TASK_RUNNING);
        harness.tick();
    }

    private void submit(TaskRequest request) {
        harness.on(request);
    }

    private void agent(String id, long cpuMillis) {
        harness.on(Requests.agent(id, 1)
                .setResources(Requests.resources(cpuMillis, 4_096))
                .build());
    }

    private void end(String id, TaskState state) {
        TaskStatus last = harness.last(id);
        harness.on(Requests.report(last.getAgentId(), id, last.getAttempt(), ++reportSequence, state)
                .build());
    }
}
