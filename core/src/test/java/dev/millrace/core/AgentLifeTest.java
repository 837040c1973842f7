package dev.millrace.core;

import static dev.millrace.contract.TaskState.TASK_DROPPED;
import static dev.millrace.contract.TaskState.TASK_FINISHED;
import static dev.millrace.contract.TaskState.TASK_GONE;
import static dev.millrace.contract.TaskState.TASK_GONE_BY_OPERATOR;
import static dev.millrace.contract.TaskState.TASK_KILLED;
import static dev.millrace.contract.TaskState.TASK_KILLING;
import static dev.millrace.contract.TaskState.TASK_LOST;
import static dev.millrace.contract.TaskState.TASK_QUEUED;
import static dev.millrace.contract.TaskState.TASK_RUNNING;
import static dev.millrace.contract.TaskState.TASK_STAGING;
import static dev.millrace.contract.TaskState.TASK_UNREACHABLE;
import static dev.millrace.core.Requests.agent;
import static dev.millrace.core.Requests.constraint;
import static dev.millrace.core.Requests.heartbeat;
import static dev.millrace.core.Requests.listed;
import static dev.millrace.core.Requests.report;
import static dev.millrace.core.Requests.resources;
import static dev.millrace.core.Requests.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentAccepted;
import dev.millrace.contract.AgentFenced;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PendingKind;
import dev.millrace.contract.PoolView;
import dev.millrace.contract.RegisterAgain;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.Resources;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.contract.UnreachablePolicy;
import dev.millrace.contract.Veto;
import dev.millrace.contract.VetoCause;
import java.util.List;
import org.junit.jupiter.api.Test;

class AgentLifeTest {
    /** More than the default unreachable timeout and a quarter. */
    private static final long SILENCE_MS = 40_000;

    private final Harness harness = new Harness();

    @Test
    void tellsAnAgentThatItIsTakenInAndWhatItsLeaseIs() {
        harness.on(agent("a1", 7).build());

        AgentAccepted accepted = harness.sent(AgentAccepted.class).get(0);
        assertThat(accepted.getIncarnation()).isEqualTo(7);
        assertThat(accepted.getLeaseMs()).isPositive();
        assertThat(accepted.getHeartbeatIntervalMs()).isLessThan(accepted.getLeaseMs());
    }

    @Test
    void refusesAnAgentOfTheSameIdFromAnotherDirectoryWhileTheFirstLives() {
        harness.on(agent("a1", 7).build());

        harness.on(agent("a1", 8).setWorkDirId("elsewhere").build());

        assertThat(harness.sent(AgentFenced.class))
                .extracting(AgentFenced::getIncarnation)
                .containsExactly(8L);
        assertThat(harness.sent(AgentAccepted.class)).hasSize(1);
    }

    @Test
    void refusesALaunchPartitionThatDoesNotExist() {
        harness.on(agent("a1", 7).setLaunchPartition(99).build());

        assertThat(harness.rejections()).hasSize(1);
        assertThat(harness.sent(AgentAccepted.class)).isEmpty();
    }

    @Test
    void asksAnUnknownAgentToRegister() {
        harness.on(heartbeat("a1", 7));

        assertThat(harness.sent(RegisterAgain.class))
                .extracting(RegisterAgain::getIncarnation)
                .containsExactly(7L);
    }

    @Test
    void callsAnAgentUnreachableAfterItsTimeoutAndItsTasksToo() {
        running("t");

        harness.pass(29_000);
        int statusesBefore = harness.statuses("t").size();
        harness.pass(SILENCE_MS - 29_000);

        assertThat(statusesBefore).isEqualTo(3);
        assertThat(harness.last("t").getState()).isEqualTo(TASK_UNREACHABLE);
    }

    @Test
    void keepsAnAgentThatIsHeardOf() {
        running("t");

        for (int i = 0; i < 20; i++) {
            harness.pass(5_000).on(heartbeat("a1", 7));
        }

        assertThat(harness.last("t").getState()).isEqualTo(TASK_RUNNING);
    }

    @Test
    void takesAnUnreachableAgentBackWithItsTasks() {
        running("t");
        harness.pass(SILENCE_MS);

        harness.on(heartbeat("a1", 7));
        int asked = harness.sent(RegisterAgain.class).size();
        harness.on(
                agent("a1", 8).setTasks(List.of(listed("t", 1, TASK_RUNNING))).build());

        assertThat(asked).isEqualTo(1);
        assertThat(harness.states("t"))
                .containsExactly(TASK_QUEUED, TASK_STAGING, TASK_RUNNING, TASK_UNREACHABLE, TASK_RUNNING);
    }

    @Test
    void takesTheEndOfAnUnreachableTask() {
        running("t");
        harness.pass(SILENCE_MS);

        harness.on(report("a1", "t", 1, 2, TASK_FINISHED).build());

        assertThat(harness.last("t").getState()).isEqualTo(TASK_FINISHED);
        assertThat(harness.last("t").getTaskEnded()).isTrue();
    }

    @Test
    void losesAnUnreachableTaskAfterItsPolicysTimeAndKillsTheOrphanWhenTheAgentIsBack() {
        harness.on(agent("a1", 7).build());
        harness.on(task("t")
                .setResources(resources(4_000, 64))
                .setRestartPolicy(new RestartPolicy(RestartMode.ON_FAILURE, 3, 1_000L, 1_000L))
                .setUnreachablePolicy(new UnreachablePolicy(UnreachableAction.REPLACE, 10_000L))
                .build());
        harness.on(report("a1", "t", 1, 1, TASK_RUNNING).build());
        harness.pass(SILENCE_MS + 12_000);
        boolean requeued =
                harness.last("t").getState() == TASK_QUEUED && harness.last("t").getAttempt() == 2;

        harness.on(agent("a1", 8)
                .setTasks(List.of(listed("t", 1, TASK_RUNNING), listed("unknown", 3, TASK_RUNNING)))
                .build());
        int launchedBesideOrphans = harness.launches().size();
        harness.on(report("a1", "t", 1, 2, TASK_KILLED).build());
        harness.on(report("a1", "unknown", 3, 2, TASK_KILLED).build());

        assertThat(harness.states("t")).contains(TASK_LOST);
        assertThat(requeued).isTrue();
        assertThat(harness.kills())
                .extracting(kill -> kill.getTaskId() + kill.getAttempt())
                .containsExactly("t1", "unknown3");
        assertThat(launchedBesideOrphans).as("the orphans occupy the agent").isEqualTo(1);
        assertThat(harness.launches()).hasSize(2);
        assertThat(harness.launches().get(1).getAttempt()).isEqualTo(2);
    }

    @Test
    void waitsForEverForAnUnreachableTaskWhosePolicySaysSo() {
        harness.on(agent("a1", 7).build());
        harness.on(task("t")
                .setUnreachablePolicy(new UnreachablePolicy(UnreachableAction.WAIT, 1_000L))
                .build());
        harness.on(report("a1", "t", 1, 1, TASK_RUNNING).build());

        harness.pass(10 * SILENCE_MS);

        assertThat(harness.last("t").getState()).isEqualTo(TASK_UNREACHABLE);
    }

    @Test
    void dropsWhatARestartedAgentNeverStartedAndCallsGoneWhatItHadStarted() {
        running("started");
        harness.on(task("staging").build());

        harness.on(agent("a1", 8).build());

        assertThat(harness.states("staging")).startsWith(TASK_QUEUED, TASK_STAGING, TASK_DROPPED, TASK_QUEUED);
        assertThat(harness.last("started").getState()).isEqualTo(TASK_GONE);
        assertThat(harness.last("started").getTaskEnded()).isTrue();
    }

    @Test
    void neverCallsAnAttemptNeverStartedWhenTheWorkDirectoryWasLost() {
        harness.on(agent("a1", 7).build());
        harness.on(task("t").build());
        harness.pass(SILENCE_MS);

        harness.on(agent("a1", 8).setWorkDirId("new").build());

        assertThat(harness.states("t")).contains(TASK_GONE).doesNotContain(TASK_DROPPED);
    }

    @Test
    void sendsAKillAgainWhenTheAgentRegistersAgain() {
        running("t");
        harness.on(KillRequest.newBuilder()
                .setPool("default")
                .setTaskId("t")
                .setGracePeriodMs(77L)
                .build());

        harness.on(
                agent("a1", 8).setTasks(List.of(listed("t", 1, TASK_RUNNING))).build());

        assertThat(harness.kills())
                .extracting(kill -> kill.getIncarnation() + "/" + kill.getGracePeriodMs())
                .containsExactly("7/77", "8/77");
        assertThat(harness.last("t").getState()).isEqualTo(TASK_KILLING);
    }

    @Test
    void givesNothingMoreToAnAgentThatLeaves() {
        running("t");

        harness.on(new AgentLeaving("default", "a1", 7L, "maintenance"));
        harness.on(task("next").build());

        assertThat(harness.last("t").getState()).isEqualTo(TASK_UNREACHABLE);
        assertThat(harness.last("next").getState()).isEqualTo(TASK_QUEUED);
    }

    @Test
    void endsTheAttemptsOfAnAgentThatAnOperatorRemoves() {
        running("t");

        harness.on(RemoveAgent.newBuilder().setPool("default").setAgentId("a1").build());

        assertThat(harness.last("t").getState()).isEqualTo(TASK_GONE_BY_OPERATOR);
        assertThat(harness.last("t").getTaskEnded()).isTrue();
    }

    @Test
    void tellsAnAgentThatLivesToRegisterAgainWhenAnOperatorRemovesItAndKillsWhatItHas() {
        running("t");

        harness.on(RemoveAgent.newBuilder().setPool("default").setAgentId("a1").build());
        int asked = harness.sent(RegisterAgain.class).size();
        harness.on(
                agent("a1", 8).setTasks(List.of(listed("t", 1, TASK_RUNNING))).build());

        assertThat(asked).isEqualTo(1);
        assertThat(harness.kills()).extracting(KillTask::getTaskId).containsExactly("t");
    }

    @Test
    void goesByTheTermsThatAnAgentKnowsUntilItHasRegisteredAgain() {
        running("t");
        harness.on(ConfigurePool.newBuilder()
                .setPool("default")
                .setHeartbeatIntervalMs(1_000L)
                .setLeaseMs(2_000L)
                .setUnreachableTimeoutMs(2_500L)
                .build());

        harness.pass(20_000);
        var stateWhileSilent = harness.last("t").getState();
        harness.on(heartbeat("a1", 7));
        int asked = harness.sent(RegisterAgain.class).size();
        harness.on(
                agent("a1", 8).setTasks(List.of(listed("t", 1, TASK_RUNNING))).build());
        harness.pass(4_000);

        assertThat(stateWhileSilent).isEqualTo(TASK_RUNNING);
        assertThat(asked).isEqualTo(1);
        assertThat(harness.sent(AgentAccepted.class)).last().satisfies(accepted -> {
            assertThat(accepted.getLeaseMs()).isEqualTo(2_000);
            assertThat(accepted.getHeartbeatIntervalMs()).isEqualTo(1_000);
        });
        assertThat(harness.last("t").getState()).isEqualTo(TASK_UNREACHABLE);
    }

    @Test
    void takesFromARegistrationThatATaskRunsWhichWasNotReported() {
        harness.on(agent("a1", 7).build());
        harness.on(task("t").build());

        harness.on(
                agent("a1", 8).setTasks(List.of(listed("t", 1, TASK_RUNNING))).build());
        harness.on(report("a1", "t", 1, 2, TASK_FINISHED).build());

        assertThat(harness.states("t")).containsExactly(TASK_QUEUED, TASK_STAGING, TASK_RUNNING, TASK_FINISHED);
    }

    @Test
    void countsCustomResourcesInThePoolsView() {
        harness.on(agent("a1", 7)
                .setResources(Resources.newBuilder()
                        .setCpuMillis(1_000L)
                        .setScalars(List.of(new ScalarQuantity("licences", 3_000L)))
                        .build())
                .build());
        harness.tick();

        assertThat(harness.sent(PoolView.class))
                .last()
                .satisfies(view -> assertThat(view.getTotal().getScalars())
                        .containsExactly(new ScalarQuantity("licences", 3_000L)));
    }

    @Test
    void placesByConstraintsOnAttributes() {
        harness.on(agent("a1", 1)
                .setAttributes(List.of(new KeyValue("rack", "r1")))
                .build());
        harness.on(agent("a2", 2)
                .setAttributes(List.of(new KeyValue("rack", "r2"), new KeyValue("ssd", "yes")))
                .build());

        place("equals", ConstraintOperator.EQUALS, "r2");
        place("not", ConstraintOperator.NOT_EQUALS, "r2");
        place("matches", ConstraintOperator.MATCHES, "r[1]");
        place("in", ConstraintOperator.IN, "r0", "r2");
        harness.on(task("exists")
                .setConstraints(List.of(constraint("ssd", ConstraintOperator.EXISTS)))
                .build());

        assertThat(harness.launches())
                .extracting(launch -> launch.getRequest().getTaskId() + "@" + launch.getAgentId())
                .containsExactly("equals@a2", "not@a1", "matches@a1", "in@a2", "exists@a2");
    }

    @Test
    void saysWhichConstraintExcludesHowManyAgents() {
        harness.on(agent("a1", 1).build());
        harness.on(agent("a2", 2).build());

        harness.on(task("t")
                .setConstraints(List.of(constraint("os", ConstraintOperator.EQUALS, "plan9")))
                .build());
        harness.tick();

        PendingExplained explained = harness.explanations().get(0);
        assertThat(explained.getKind()).isEqualTo(PendingKind.NO_AGENT_MEETS_CONSTRAINTS);
        assertThat(explained.getVetoes()).containsExactly(new Veto(VetoCause.VETO_CONSTRAINT, "os==plan9", 2));
    }

    @Test
    void explainsAClassAgainWhenThereAreOtherAgents() {
        harness.on(agent("a1", 1).build());
        harness.on(task("t")
                .setConstraints(List.of(constraint("os", ConstraintOperator.EQUALS, "plan9")))
                .build());
        harness.tick();

        harness.on(agent("a2", 2).build());
        harness.pass(2_000);

        assertThat(harness.explanations())
                .extracting(PendingExplained::getVetoes)
                .containsExactly(
                        List.of(new Veto(VetoCause.VETO_CONSTRAINT, "os==plan9", 1)),
                        List.of(new Veto(VetoCause.VETO_CONSTRAINT, "os==plan9", 2)));
    }

    @Test
    void explainsAClassAgainOnlyWhenTheReasonChangesInKind() {
        for (int i = 0; i < 10; i++) {
            harness.on(task("t" + i).setResources(resources(4_000, 64)).build());
        }
        harness.pass(2_000);
        harness.on(agent("a1", 1).build());
        harness.pass(2_000);

        assertThat(harness.explanations())
                .extracting(PendingExplained::getKind)
                .containsExactly(PendingKind.NO_AGENTS, PendingKind.WAITS_FOR_RESOURCES);
    }

    @Test
    void refusesSettingsThatContradictEachOther() {
        harness.on(ConfigurePool.newBuilder()
                .setPool("default")
                .setLeaseMs(60_000L)
                .build());
        harness.on(agent("a1", 1).build());

        assertThat(harness.sent(dev.millrace.contract.CommandRefused.class)).hasSize(1);
        assertThat(harness.sent(AgentAccepted.class).get(0).getLeaseMs()).isEqualTo(20_000);
    }

    private void place(String id, ConstraintOperator operator, String... values) {
        harness.on(task(id).setConstraints(List.of(constraint("rack", operator, values)))
                .build());
    }

    private void running(String id) {
        harness.on(agent("a1", 7).build());
        harness.on(task(id).build());
        harness.on(report("a1", id, 1, 1, TASK_RUNNING).build());
    }
}
