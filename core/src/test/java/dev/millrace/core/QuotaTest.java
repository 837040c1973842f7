package dev.millrace.core;

import static dev.millrace.contract.TaskState.TASK_FINISHED;
import static dev.millrace.contract.TaskState.TASK_KILLING;
import static dev.millrace.contract.TaskState.TASK_QUEUED;
import static dev.millrace.contract.TaskState.TASK_STAGING;
import static dev.millrace.core.Cluster.cpus;
import static dev.millrace.core.Cluster.role;
import static dev.millrace.core.Requests.POOL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.CommandRefused;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Quota;
import dev.millrace.contract.RemoveRole;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.TaskState;
import org.junit.jupiter.api.Test;

class QuotaTest {
    private static final RestartPolicy AGAIN = new RestartPolicy(RestartMode.ON_FAILURE, 3, 0L, 0L);

    private final Harness harness = new Harness();

    @Test
    void keepsARoleAndThoseBelowItWithinItsLimit() {
        harness.on(role("eng").setLimit(cpus(3_000)).build());
        harness.on(Requests.agent("a1", 1).build());

        submit("a", "eng/a", 1_000);
        submit("b", "eng/b", 1_000);
        submit("own", "eng", 2_000);
        submit("other", "ops", 1_000);

        assertThat(harness.states("own")).containsExactly(TASK_QUEUED);
        assertThat(harness.states("other")).endsWith(TASK_STAGING);
    }

    @Test
    void placesWhatALimitKeptBackWhenTheRoleHasLess() {
        harness.on(role("eng").setLimit(cpus(2_000)).build());
        harness.on(Requests.agent("a1", 1).build());
        submit("a", "eng/a", 2_000);
        submit("b", "eng/b", 1_000);

        harness.on(Requests.report("a1", "a", 1, 1, TASK_FINISHED).build());

        assertThat(harness.states("b")).endsWith(TASK_STAGING);
    }

    @Test
    void placesWhatALimitKeptBackWhenTheLimitIsRaisedOrTakenAway() {
        harness.on(role("eng").setLimit(cpus(1_000)).build());
        harness.on(Requests.agent("a1", 1).build());
        submit("a", "eng", 1_000);
        submit("b", "eng", 1_000);
        submit("c", "eng", 1_000);

        harness.on(role("eng").setLimit(cpus(2_000)).build());
        int afterRaise = harness.launches().size();
        harness.on(RemoveRole.newBuilder().setPool(POOL).setRole("eng").build());

        assertThat(afterRaise).isEqualTo(2);
        assertThat(harness.launches()).hasSize(3);
    }

    @Test
    void takesOnlyTheKindsThatALimitNames() {
        harness.on(
                role("eng").setLimit(Quota.newBuilder().setMemMib(100L).build()).build());
        harness.on(Requests.agent("a1", 1).build());

        submit("a", "eng", 3_000);
        submit("b", "eng", 1_000);

        assertThat(harness.states("a")).endsWith(TASK_STAGING);
        assertThat(harness.states("b")).containsExactly(TASK_QUEUED);
    }

    @Test
    void refusesGuaranteesOfChildrenThatAreNotWithinTheirParents() {
        harness.on(role("eng").setGuarantee(cpus(4_000)).build());
        harness.on(role("eng/a").setGuarantee(cpus(3_000)).build());

        harness.on(role("eng/b").setGuarantee(cpus(2_000)).build());
        harness.on(role("eng").setGuarantee(cpus(2_000)).build());
        harness.on(role("eng").setGuarantee(Quota.newBuilder().build()).build());
        harness.on(role("ops/x").setGuarantee(cpus(1)).build());

        assertThat(harness.sent(CommandRefused.class))
                .extracting(CommandRefused::getMessage)
                .containsExactly(
                        "the roles below eng would be guaranteed cpus 5 of 4 guaranteed to it",
                        "the roles below eng would be guaranteed cpus 3 of 2 guaranteed to it",
                        "the roles below eng would be guaranteed cpus 3 of 0 guaranteed to it",
                        "the roles below ops would be guaranteed cpus 0.001 of 0 guaranteed to it");
        assertThat(harness.stored().get(dev.millrace.schemas.Store.ROLES, POOL + "/ops/x"))
                .isNull();
    }

    @Test
    void refusesGuaranteesAboveTheLimitOfTheRoleOrOfOneAboveIt() {
        harness.on(role("eng").setLimit(cpus(4_000)).build());
        harness.on(role("eng").setGuarantee(cpus(4_000)).build());
        harness.on(role("eng/a").setGuarantee(cpus(2_000)).build());

        harness.on(role("ops").setLimit(cpus(1_000)).setGuarantee(cpus(2_000)).build());
        harness.on(role("eng").setLimit(cpus(3_000)).build());
        harness.on(role("eng/a").setLimit(cpus(1_000)).build());
        harness.on(role("eng").setGuarantee(cpus(5_000)).build());

        assertThat(harness.sent(CommandRefused.class))
                .extracting(CommandRefused::getMessage)
                .allSatisfy(message -> assertThat(message).contains("the guarantee of role", "the limit of role"))
                .hasSize(4);
    }

    @Test
    void setsALimitBelowWhatTheRoleHasOnlyByForceAndThenKillsNothing() {
        harness.on(Requests.agent("a1", 1).build());
        submit("a", "eng", 2_000);
        submit("b", "eng", 1_000);

        harness.on(role("eng").setLimit(cpus(1_000)).build());
        harness.on(role("eng").setLimit(cpus(1_000)).setForce(true).build());
        submit("c", "eng", 1_000);
        harness.on(Requests.report("a1", "b", 1, 1, TASK_FINISHED).build());
        harness.pass(1_000);
        boolean waits = harness.states("c").equals(java.util.List.of(TASK_QUEUED));
        harness.on(Requests.report("a1", "a", 1, 1, TASK_FINISHED).build());

        assertThat(harness.sent(CommandRefused.class))
                .extracting(CommandRefused::getMessage)
                .containsExactly(
                        "role eng has cpus 3 of 1 at the moment; with force it keeps that, and gets nothing more"
                                + " until it has less");
        assertThat(harness.kills()).isEmpty();
        assertThat(waits).isTrue();
        assertThat(harness.states("c")).endsWith(TASK_STAGING);
    }

    @Test
    void servesARoleThatHasLessThanItsGuaranteeFirstAndThenByShare() {
        harness.on(role("b").setGuarantee(cpus(3_000)).setWeightMilli(1).build());
        for (int i = 0; i < 4; i++) {
            submit("a" + i, "a", 1_000);
            submit("b" + i, "b", 1_000);
        }

        harness.on(Requests.agent("a1", 1).build());

        assertThat(harness.launches())
                .extracting(launch -> launch.getRequest().getTaskId())
                .containsExactly("b0", "b1", "b2", "a0");
    }

    @Test
    void letsARoleBorrowWhatNobodyElseWants() {
        harness.on(role("a").setGuarantee(cpus(1_000)).build());
        harness.on(role("b").setGuarantee(cpus(3_000)).build());
        harness.on(Requests.agent("a1", 1).build());

        for (int i = 0; i < 4; i++) {
            submit("a" + i, "a", 1_000);
        }

        assertThat(harness.launches()).hasSize(4);
    }

    @Test
    void reclaimsAGuaranteeFromBorrowersAfterExactlyTheDelay() {
        borrowed();

        submit("b", "b", 1_000);
        harness.pass(9_750);
        int before = harness.kills().size();
        harness.pass(250);

        assertThat(before).isZero();
        assertThat(harness.kills()).hasSize(1);
        assertThat(harness.kills().get(0).getTaskId()).isEqualTo("a3");
        assertThat(harness.states("a3")).endsWith(TASK_KILLING);
    }

    @Test
    void countsTheDelayFromTheGuaranteeIfThatIsLater() {
        borrowed();
        submit("c", "c", 1_000);
        harness.pass(20_000);

        harness.on(role("c").setGuarantee(cpus(1_000)).build());
        harness.pass(9_750);
        int before = harness.kills().size();
        harness.pass(250);

        assertThat(before).isZero();
        assertThat(harness.kills()).hasSize(1);
    }

    @Test
    void reclaimsNoMoreThanTheGuaranteeAndLeavesTheOthersTheirs() {
        borrowed();
        for (int i = 0; i < 4; i++) {
            submit("b" + i, "b", 1_000);
        }

        for (int i = 0; i < 10; i++) {
            harness.pass(10_000);
            harness.kills().forEach(kill -> endIfKilling(kill.getTaskId()));
        }

        assertThat(harness.launches().stream()
                        .map(LaunchTask::getRequest)
                        .filter(request -> request.getRole().equals("b"))
                        .map(request -> request.getTaskId()))
                .containsExactly("b0", "b1");
        assertThat(harness.kills()).hasSize(2);
    }

    @Test
    void reclaimsWithinATreeAtTheLevelOfTheGuarantee() {
        harness.on(role("eng").setGuarantee(cpus(4_000)).build());
        harness.on(role("eng/a").setGuarantee(cpus(2_000)).build());
        agent("a1", 4_000);
        for (int i = 0; i < 4; i++) {
            submit("b" + i, "eng/b", 1_000);
        }

        submit("a", "eng/a", 1_000);
        submit("own", "eng", 1_000);
        harness.pass(30_000);

        assertThat(harness.kills()).hasSize(1);
        assertThat(harness.kills().get(0).getTaskId()).isEqualTo("b3");
    }

    @Test
    void reclaimsWhatABorrowerHasTooMuchOfThoughItHasLessThanItsGuaranteeOfSomethingElse() {
        harness.on(role("a")
                .setGuarantee(Quota.newBuilder()
                        .setCpuMillis(1_000L)
                        .setGpuMillis(1_000L)
                        .build())
                .build());
        harness.on(role("b").setGuarantee(cpus(2_000)).build());
        agent("a1", 4_000);
        for (int i = 0; i < 4; i++) {
            submit("a" + i, "a", 1_000);
        }

        submit("b", "b", 1_000);
        harness.pass(10_000);

        assertThat(harness.kills()).hasSize(1);
    }

    /** Role a has all there is, of which 1 core is borrowed from b and 1 from nobody. */
    private void borrowed() {
        harness.on(role("a").setGuarantee(cpus(2_000)).build());
        harness.on(role("b").setGuarantee(cpus(2_000)).build());
        agent("a1", 4_000);
        for (int i = 0; i < 4; i++) {
            submit("a" + i, "a", 1_000);
            harness.tick();
        }
    }

    private void agent(String id, long cpuMillis) {
        harness.on(Cluster.settings().setUnreachableTimeoutMs(86_400_000L).build());
        harness.on(Requests.agent(id, 1)
                .setResources(Requests.resources(cpuMillis, 4_096))
                .build());
    }

    private void endIfKilling(String taskId) {
        if (harness.last(taskId).getState() == TASK_KILLING) {
            harness.on(Requests.report("a1", taskId, harness.last(taskId).getAttempt(), 5, TaskState.TASK_KILLED)
                    .build());
        }
    }

    private void submit(String id, String role, long cpuMillis) {
        harness.on(Cluster.task(id, role, cpuMillis, 64).setRestartPolicy(AGAIN).build());
    }
}
