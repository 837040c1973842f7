package dev.millrace.core;

import static dev.millrace.contract.TaskState.TASK_ERROR;
import static dev.millrace.contract.TaskState.TASK_FAILED;
import static dev.millrace.contract.TaskState.TASK_FINISHED;
import static dev.millrace.contract.TaskState.TASK_KILLED;
import static dev.millrace.contract.TaskState.TASK_KILLING;
import static dev.millrace.contract.TaskState.TASK_QUEUED;
import static dev.millrace.contract.TaskState.TASK_RUNNING;
import static dev.millrace.contract.TaskState.TASK_STAGING;
import static dev.millrace.core.Requests.POOL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.Gang;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Store;
import java.util.List;
import org.junit.jupiter.api.Test;

class GangTest {
    private static final RestartPolicy AGAIN = new RestartPolicy(RestartMode.ON_FAILURE, 3, 0L, 0L);
    private static final RestartPolicy NEVER = new RestartPolicy(RestartMode.NEVER, 3, 0L, 0L);

    private final Harness harness = new Harness();
    private long reportSequence;

    GangTest() {
        harness.on(Cluster.settings()
                .setUnreachableTimeoutMs(86_400_000L)
                .setHoldAfterMs(10_000L)
                .setGangHoldMs(5_000L)
                .build());
    }

    @Test
    void placesAllMembersInOneStepAcrossAgents() {
        agent("a1", 2_000);
        agent("a2", 2_000);

        submit(member("g0", 3, 1_000));
        submit(member("g1", 3, 1_000));
        boolean noneBefore = harness.launches().isEmpty();
        submit(member("g2", 3, 1_000));

        assertThat(noneBefore).isTrue();
        assertThat(harness.largestStep()).isEqualTo(3);
        assertStates(TASK_STAGING, "g0", "g1", "g2");
    }

    @Test
    void placesNothingWhileOneMemberHasNoRoomAndHoldsNothingForTheOthers() {
        agent("a1", 2_000);
        submit(member("g0", 3, 1_000));
        submit(member("g1", 3, 1_000));
        submit(member("g2", 3, 1_000));

        submit(Cluster.task("other", "ops", 2_000, 64).build());
        boolean otherRuns = harness.last("other").getState() == TASK_STAGING;
        agent("a2", 1_000);
        boolean noneYet = harness.launches().size() == 1;
        end("a1", "other", TASK_FINISHED);
        harness.tick();

        assertThat(otherRuns).isTrue();
        assertThat(noneYet).isTrue();
        assertStates(TASK_STAGING, "g0", "g1", "g2");
    }

    @Test
    void placesAGangWhoseMembersWouldFitInSumOnlyWhenEachFitsSomewhere() {
        agent("a1", 1_500);
        agent("a2", 1_500);

        submit(member("g0", 3, 1_000));
        submit(member("g1", 3, 1_000));
        submit(member("g2", 3, 1_000));
        boolean none = harness.launches().isEmpty();
        agent("a3", 1_000);
        harness.tick();

        assertThat(none).isTrue();
        assertStates(TASK_STAGING, "g0", "g1", "g2");
    }

    @Test
    void staysWithinALimitAsAWhole() {
        harness.on(Cluster.role("eng").setLimit(Cluster.cpus(2_000)).build());
        agent("a1", 8_000);

        submit(member("g0", 3, 1_000));
        submit(member("g1", 3, 1_000));
        submit(member("g2", 3, 1_000));
        boolean none = harness.launches().isEmpty();
        harness.on(Cluster.role("eng").setLimit(Cluster.cpus(3_000)).build());
        harness.tick();

        assertThat(none).isTrue();
        assertStates(TASK_STAGING, "g0", "g1", "g2");
    }

    @Test
    void givesUpAGangThatLacksMembersAfterItsTimeout() {
        agent("a1", 8_000);
        submit(member("g0", 3, 1_000));
        harness.pass(10_000);
        submit(member("g1", 3, 1_000));

        harness.pass(19_750);
        boolean waits = harness.last("g0").getState() == TASK_QUEUED;
        harness.pass(250);

        assertThat(waits).isTrue();
        for (String id : List.of("g0", "g1")) {
            assertThat(harness.last(id).getState()).isEqualTo(TASK_ERROR);
            assertThat(harness.last(id).getTaskEnded()).isTrue();
            assertThat(harness.last(id).getReason()).isEqualTo(Reason.REASON_GANG_TIMEOUT);
            assertThat(harness.last(id).getMessage()).contains("had 2 of its 3 members within 30000 ms");
        }
        assertThat(harness.stored().size(Store.GANGS)).isZero();
        assertThat(harness.launches()).isEmpty();
    }

    @Test
    void givesUpACompleteGangThatWasNeverPlacedAfterItsTimeout() {
        agent("a1", 1_000);
        submit(member("g0", 2, 1_000));
        submit(member("g1", 2, 1_000));

        harness.pass(30_000);
        submit(Cluster.task("other", "eng", 1_000, 64).build());

        assertStates(TASK_ERROR, "g0", "g1");
        assertThat(harness.last("g1").getMessage()).contains("was not placed within 30000 ms");
        assertThat(harness.last("other").getState()).isEqualTo(TASK_STAGING);
    }

    @Test
    void endsMembersThatDoNotBelong() {
        submit(member("g0", 2, 1_000));

        submit(TaskRequest.newBuilder(member("size", 2, 1_000))
                .setGang(new Gang("g", 3, 30_000L))
                .build());
        submit(TaskRequest.newBuilder(member("role", 2, 1_000)).setRole("ops").build());
        submit(member("g1", 2, 1_000));
        submit(member("late", 2, 1_000));

        for (String id : List.of("size", "role", "late")) {
            assertThat(harness.last(id).getState()).isEqualTo(TASK_ERROR);
            assertThat(harness.last(id).getReason()).isEqualTo(Reason.REASON_TASK_INVALID);
        }
        assertThat(harness.last("late").getMessage()).isEqualTo("group g has all its 2 members");
        assertStates(TASK_QUEUED, "g0", "g1");
    }

    @Test
    void endsAndPlacesTheWholeGangAgainWhenAMemberFails() {
        agent("a1", 3_000);
        running(AGAIN, "g0", "g1", "g2");
        end("a1", "g2", TASK_FINISHED);

        end("a1", "g0", TASK_FAILED);
        boolean waits = harness.last("g0").getState() == TASK_QUEUED;
        TaskStatus told = harness.last("g1");
        end("a1", "g1", TASK_KILLED);

        assertThat(waits).isTrue();
        assertThat(told.getState()).isEqualTo(TASK_KILLING);
        assertThat(told.getReason()).isEqualTo(Reason.REASON_GANG_MEMBER_ENDED);
        assertStates(TASK_STAGING, "g0", "g1");
        assertThat(harness.last("g0").getAttempt()).isEqualTo(2);
        assertThat(harness.last("g1").getAttempt()).isEqualTo(2);
        assertThat(harness.last("g2").getState()).isEqualTo(TASK_FINISHED);
    }

    @Test
    void endsTheWholeGangWhenAMemberFailsForTheLastTime() {
        agent("a1", 3_000);
        running(NEVER, "g0", "g1", "g2");

        end("a1", "g0", TASK_FAILED);
        end("a1", "g1", TASK_KILLED);
        end("a1", "g2", TASK_KILLED);

        assertThat(harness.last("g0").getTaskEnded()).isTrue();
        assertThat(harness.last("g1").getTaskEnded()).isTrue();
        assertThat(harness.last("g1").getReason()).isEqualTo(Reason.REASON_GANG_MEMBER_ENDED);
        assertThat(harness.last("g2").getTaskEnded()).isTrue();
        assertThat(harness.stored().size(Store.GANGS)).isZero();
    }

    @Test
    void leavesTheOthersAloneWhenAMemberFinishes() {
        agent("a1", 3_000);
        running(AGAIN, "g0", "g1", "g2");

        end("a1", "g0", TASK_FINISHED);

        assertThat(harness.kills()).isEmpty();
        assertStates(TASK_RUNNING, "g1", "g2");
    }

    @Test
    void endsAllWhenOneWaitingMemberIsKilled() {
        submit(member("g0", 3, 1_000));
        submit(member("g1", 3, 1_000));

        kill("g0");

        assertStates(TASK_KILLED, "g0", "g1");
        assertThat(harness.last("g0").getReason()).isEqualTo(Reason.REASON_KILL_REQUESTED);
        assertThat(harness.last("g1").getReason()).isEqualTo(Reason.REASON_GANG_MEMBER_ENDED);
        assertThat(harness.last("g1").getTaskEnded()).isTrue();
    }

    @Test
    void endsAllWhenOneRunningMemberIsKilled() {
        agent("a1", 3_000);
        running(AGAIN, "g0", "g1", "g2");

        kill("g0");
        end("a1", "g0", TASK_KILLED);
        end("a1", "g1", TASK_KILLED);
        end("a1", "g2", TASK_KILLED);

        for (String id : List.of("g0", "g1", "g2")) {
            assertThat(harness.last(id).getState()).isEqualTo(TASK_KILLED);
            assertThat(harness.last(id).getTaskEnded()).isTrue();
        }
    }

    @Test
    void holdsAgentsForAGangThatHasWaitedLongForABoundedTimeAndThenNotForAsLong() {
        agent("a1", 2_000);
        submit(small("s0"));
        submit(small("s1"));
        submit(member("g0", 2, 1_000));
        submit(member("g1", 2, 1_000));

        harness.pass(10_000);
        end("a1", "s0", TASK_FINISHED);
        submit(small("held"));
        boolean heldBack = harness.last("held").getState() == TASK_QUEUED;
        harness.pass(5_000);
        boolean letGo = harness.last("held").getState() == TASK_STAGING;
        end("a1", "held", TASK_FINISHED);
        submit(small("again"));
        boolean notHeldAgain = harness.last("again").getState() == TASK_STAGING;

        assertThat(heldBack).isTrue();
        assertThat(letGo).isTrue();
        assertThat(notHeldAgain).isTrue();
    }

    @Test
    void placesAGangInWhatIsHeldForIt() {
        agent("a1", 2_000);
        submit(small("s0"));
        submit(small("s1"));
        submit(member("g0", 2, 1_000));
        submit(member("g1", 2, 1_000));
        harness.pass(10_000);

        end("a1", "s0", TASK_FINISHED);
        submit(small("later"));
        end("a1", "s1", TASK_FINISHED);
        harness.tick();

        assertStates(TASK_STAGING, "g0", "g1");
        assertStates(TASK_QUEUED, "later");
    }

    @Test
    void leavesWhatWasHeldForAGangToOthersWhenItIsPlacedElsewhere() {
        agent("a1", 2_000);
        submit(small("s0"));
        submit(small("s1"));
        submit(member("g0", 2, 1_000));
        submit(member("g1", 2, 1_000));
        harness.pass(10_000);
        end("a1", "s0", TASK_FINISHED);
        submit(TaskRequest.newBuilder(small("later"))
                .setConstraints(List.of(Requests.constraint("os", ConstraintOperator.EQUALS, "linux")))
                .build());
        boolean waits = harness.last("later").getState() == TASK_QUEUED;

        harness.on(Requests.agent("a2", 1)
                .setResources(Requests.resources(2_000, 4_096))
                .setReservations(List.of(new Reservation("eng", Requests.resources(2_000, 0), List.of())))
                .setAttributes(List.of())
                .build());
        harness.tick();

        assertThat(waits).isTrue();
        assertStates(TASK_STAGING, "g0", "g1", "later");
        assertThat(harness.last("g0").getAgentId()).isEqualTo("a2");
        assertThat(harness.last("g1").getAgentId()).isEqualTo("a2");
    }

    @Test
    void letsAWholeGangGiveWayToATaskOfHigherPriority() {
        agent("a1", 2_000);
        agent("a2", 2_000);
        running(AGAIN, "g0", "g1", "g2", "g3");

        submit(Cluster.task("urgent", "eng", 2_000, 64).setPriority(90).build());
        List<String> told =
                harness.kills().stream().map(KillTask::getTaskId).sorted().toList();
        for (String id : List.of("g0", "g1", "g2", "g3")) {
            end(harness.last(id).getAgentId(), id, TASK_KILLED);
        }

        assertThat(told).containsExactly("g0", "g1", "g2", "g3");
        assertThat(harness.last("urgent").getState()).isEqualTo(TASK_STAGING);
        assertStates(TASK_QUEUED, "g0", "g1", "g2", "g3");
        assertThat(harness.last("g3").getAttempt()).isEqualTo(2);
    }

    @Test
    void takesASingleTaskRatherThanAMemberOfAGang() {
        agent("a1", 1_000);
        agent("a2", 3_000);
        submit(TaskRequest.newBuilder(small("single")).setPriority(60).build());
        running(AGAIN, "g0", "g1", "g2");

        submit(Cluster.task("urgent", "eng", 1_000, 64).setPriority(90).build());

        assertThat(harness.kills()).extracting(KillTask::getTaskId).containsExactly("single");
    }

    @Test
    void leavesAGangAloneIfItsRoleWouldHaveLessThanItsGuaranteeWithoutTheWholeOfIt() {
        harness.on(Cluster.role("eng").setGuarantee(Cluster.cpus(2_000)).build());
        agent("a1", 3_000);
        running(AGAIN, "g0", "g1", "g2");

        submit(Cluster.task("urgent", "ops", 1_000, 64).setPriority(90).build());
        harness.pass(20_000);

        assertThat(harness.kills()).isEmpty();
    }

    @Test
    void leavesAGangAloneOfWhichOneMemberMayNotBeTaken() {
        agent("a1", 1_000);
        agent("a2", 1_000);
        submit(TaskRequest.newBuilder(member("g0", 2, 1_000)).setPriority(10).build());
        submit(TaskRequest.newBuilder(member("g1", 2, 1_000)).setPriority(85).build());

        submit(Cluster.task("urgent", "eng", 1_000, 64).setPriority(90).build());
        harness.pass(20_000);

        assertThat(harness.kills()).isEmpty();
    }

    private void running(RestartPolicy policy, String... ids) {
        for (String id : ids) {
            submit(TaskRequest.newBuilder(member(id, ids.length, 1_000))
                    .setRestartPolicy(policy)
                    .build());
        }
        for (String id : ids) {
            end(harness.last(id).getAgentId(), id, TASK_RUNNING);
        }
    }

    private static TaskRequest member(String id, int size, long cpuMillis) {
        return Cluster.task(id, "eng", cpuMillis, 64)
                .setGang(new Gang("g", size, 30_000L))
                .setRestartPolicy(AGAIN)
                .build();
    }

    private static TaskRequest small(String id) {
        return Cluster.task(id, "eng", 1_000, 64).build();
    }

    private void submit(TaskRequest request) {
        harness.on(request);
    }

    private void kill(String id) {
        harness.on(KillRequest.newBuilder().setPool(POOL).setTaskId(id).build());
    }

    private void agent(String id, long cpuMillis) {
        harness.on(Requests.agent(id, 1)
                .setResources(Requests.resources(cpuMillis, 4_096))
                .build());
    }

    private void end(String agentId, String id, TaskState state) {
        harness.on(Requests.report(agentId, id, harness.last(id).getAttempt(), ++reportSequence, state)
                .build());
    }

    private void assertStates(TaskState state, String... ids) {
        for (String id : ids) {
            assertThat(harness.last(id).getState()).as(id).isEqualTo(state);
        }
    }
}
