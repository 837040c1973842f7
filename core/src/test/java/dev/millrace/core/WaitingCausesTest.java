package dev.millrace.core;

import static dev.millrace.core.Requests.agent;
import static dev.millrace.core.Requests.constraint;
import static dev.millrace.core.Requests.report;
import static dev.millrace.core.Requests.resources;
import static dev.millrace.core.Requests.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Affinity;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.Gang;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PendingKind;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Quota;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Reserve;
import dev.millrace.contract.Resources;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.ScalarQuantity;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.Spread;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.Veto;
import dev.millrace.contract.VetoCause;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each cause of waiting, brought about and explained. */
class WaitingCausesTest {
    private static final long HOLD_AFTER_MS = 5_000;

    private final Harness harness = new Harness();

    @Test
    void noAgents() {
        harness.on(task("t").build());

        assertThat(why("t").getKind()).isEqualTo(PendingKind.NO_AGENTS);
    }

    @Test
    void allAgentsAreUnreachable() {
        harness.on(agent("a1", 1).build());
        harness.on(AgentLeaving.newBuilder()
                .setPool(Requests.POOL)
                .setAgentId("a1")
                .setIncarnation(1)
                .build());

        harness.on(task("t").build());

        assertThat(why("t").getKind()).isEqualTo(PendingKind.NO_AGENTS);
    }

    @Test
    void noAgentMeetsAConstraint() {
        harness.on(agent("a1", 1).build());

        harness.on(task("t")
                .setConstraints(List.of(constraint("os", ConstraintOperator.EQUALS, "plan9")))
                .build());

        assertThat(why("t").getKind()).isEqualTo(PendingKind.NO_AGENT_MEETS_CONSTRAINTS);
        assertThat(why("t").getVetoes()).containsExactly(new Veto(VetoCause.VETO_CONSTRAINT, "os==plan9", 1));
    }

    @Test
    void noAgentHasSoManyCores() {
        harness.on(agent("a1", 1).build());

        harness.on(task("t").setResources(resources(5_000, 64)).build());

        assertThat(why("t").getKind()).isEqualTo(PendingKind.NO_AGENT_LARGE_ENOUGH);
        assertThat(why("t").getVetoes()).containsExactly(new Veto(VetoCause.VETO_TOO_SMALL, "cpus", 1));
    }

    @Test
    void noAgentHasSuchAResource() {
        harness.on(agent("a1", 1).build());

        harness.on(task("t")
                .setResources(Resources.newBuilder(resources(1_000, 64))
                        .setScalars(List.of(new ScalarQuantity("licences", 1_000L)))
                        .build())
                .build());

        assertThat(why("t").getKind()).isEqualTo(PendingKind.NO_AGENT_LARGE_ENOUGH);
        assertThat(why("t").getVetoes()).containsExactly(new Veto(VetoCause.VETO_TOO_SMALL, "licences", 1));
    }

    @Test
    void coresAreInUse() {
        harness.on(agent("a1", 1).build());
        harness.on(task("first").setResources(resources(4_000, 64)).build());

        harness.on(task("t").build());

        assertThat(why("t").getKind()).isEqualTo(PendingKind.WAITS_FOR_RESOURCES);
        assertThat(why("t").getVetoes()).containsExactly(new Veto(VetoCause.VETO_TOO_FULL, "cpus", 1));
    }

    @Test
    void memoryIsInUse() {
        harness.on(agent("a1", 1).build());
        harness.on(task("first").setResources(resources(1_000, 4_096)).build());

        harness.on(task("t").build());

        assertThat(why("t").getKind()).isEqualTo(PendingKind.WAITS_FOR_RESOURCES);
        assertThat(why("t").getVetoes()).containsExactly(new Veto(VetoCause.VETO_TOO_FULL, "memory", 1));
    }

    @Test
    void theAgentHasAsManyTasksAsItMay() {
        harness.on(ConfigurePool.newBuilder()
                .setPool(Requests.POOL)
                .setMaxTasksPerAgent(1)
                .build());
        harness.on(agent("a1", 1).build());
        harness.on(task("first").build());

        harness.on(task("t").build());

        assertThat(why("t").getVetoes()).containsExactly(new Veto(VetoCause.VETO_TASK_LIMIT, "1", 1));
    }

    @Test
    void theRolesLimitIsReached() {
        harness.on(agent("a1", 1).build());
        harness.on(limit("eng", 1_500));
        harness.on(task("first").setRole("eng").build());

        harness.on(task("t").setRole("eng").build());

        assertThat(why("t").getKind()).isEqualTo(PendingKind.ROLE_LIMIT);
        assertThat(why("t").getSubject()).isEqualTo("eng");
    }

    @Test
    void theLimitOfARoleAboveIsReached() {
        harness.on(agent("a1", 1).build());
        harness.on(limit("eng", 1_500));
        harness.on(task("first").setRole("eng/ads").build());

        harness.on(task("t").setRole("eng/search").build());

        assertThat(why("t").getKind()).isEqualTo(PendingKind.ROLE_LIMIT);
        assertThat(why("t").getSubject()).isEqualTo("eng");
    }

    @Test
    void membersOfItsGangHaveNotCome() {
        harness.on(agent("a1", 1).build());

        harness.on(member("t", 3));

        assertThat(why("t").getKind()).isEqualTo(PendingKind.GANG_INCOMPLETE);
        assertThat(why("t").getSubject()).isEqualTo("2 of 3 members have not come");
    }

    @Test
    void anotherMemberOfItsGangIsStillEnding() {
        harness.on(agent("a1", 1).build());
        harness.on(member("t", 2)).on(member("u", 2));
        harness.on(report("a1", "t", 1, 1, TaskState.TASK_RUNNING).build());
        harness.on(report("a1", "u", 1, 1, TaskState.TASK_RUNNING).build());

        harness.on(report("a1", "t", 1, 2, TaskState.TASK_FAILED).build()).pass(2_000);

        assertThat(why("t").getKind()).isEqualTo(PendingKind.GANG_INCOMPLETE);
        assertThat(why("t").getSubject()).isEqualTo("1 of its members are not waiting yet");
    }

    @Test
    void thereIsNotRoomForAllOfItsGang() {
        harness.on(agent("a1", 1).build());
        harness.on(task("first").setResources(resources(3_000, 64)).build());

        harness.on(member("t", 2)).on(member("u", 2));

        assertThat(why("t").getKind()).isEqualTo(PendingKind.GANG_WAITS);
    }

    @Test
    void theRoomIsReservedForAnotherRole() {
        harness.on(agent("a1", 1).build());
        harness.on(Reserve.newBuilder()
                .setPool(Requests.POOL)
                .setAgentId("a1")
                .setReservation(new Reservation("ops", resources(3_500, 1_024), List.of()))
                .build());

        harness.on(task("t").build());

        assertThat(why("t").getKind()).isEqualTo(PendingKind.RESERVED_FOR_OTHERS);
        assertThat(why("t").getVetoes()).containsExactly(new Veto(VetoCause.VETO_RESERVED, "cpus", 1));
    }

    @Test
    void anAgentIsHeldForItAndTheRoomOnItIsHeldForIt() {
        harness.on(ConfigurePool.newBuilder()
                .setPool(Requests.POOL)
                .setHoldAfterMs(HOLD_AFTER_MS)
                .build());
        harness.on(agent("a1", 1).build());
        harness.on(task("first").build());
        harness.on(task("large").setResources(resources(4_000, 64)).build());
        harness.pass(HOLD_AFTER_MS + 1_000);

        harness.on(task("t").build());

        assertThat(why("large").getKind()).isEqualTo(PendingKind.HOLDS_AGENT);
        assertThat(why("large").getSubject()).isEqualTo("a1");
        assertThat(why("t").getKind()).isEqualTo(PendingKind.HELD_FOR_ANOTHER);
        assertThat(why("t").getSubject()).isEqualTo("large");
        assertThat(why("t").getVetoes()).containsExactly(new Veto(VetoCause.VETO_HELD, "large", 1));
    }

    @Test
    void tasksAreGivingWayToIt() {
        harness.on(agent("a1", 1).build());
        harness.on(task("first").setResources(resources(4_000, 64)).build());

        harness.on(task("t").setPriority(90).build());

        assertThat(why("t").getKind()).isEqualTo(PendingKind.PREEMPTING);
        assertThat(why("t").getSubject()).isEqualTo("a1");
    }

    @Test
    void theVeryPortIsTaken() {
        harness.on(agent("a1", 1)
                .setResources(Resources.newBuilder(resources(4_000, 4_096))
                        .setPorts(List.of(new PortRange(8_080, 8_081)))
                        .build())
                .build());
        harness.on(withPort("first"));

        harness.on(withPort("t"));

        assertThat(why("t").getVetoes()).containsExactly(new Veto(VetoCause.VETO_PORTS, "8080", 1));
    }

    @Test
    void theFreeGpusAreSplinters() {
        harness.on(agent("a1", 1)
                .setResources(Resources.newBuilder(resources(4_000, 4_096))
                        .setGpuMillis(2_000)
                        .build())
                .build());
        harness.on(withGpus("first", 600)).on(withGpus("second", 600));

        harness.on(withGpus("t", 700));

        assertThat(why("t").getKind()).isEqualTo(PendingKind.WAITS_FOR_RESOURCES);
        assertThat(why("t").getVetoes()).containsExactly(new Veto(VetoCause.VETO_GPU_DEVICES, "gpus", 1));
    }

    @Test
    void nothingThatItMustBeNearIsThere() {
        harness.on(agent("a1", 1).build());

        harness.on(task("t")
                .setAffinities(List.of(new Affinity("app", "db", "", false, true, 50)))
                .build());

        assertThat(why("t").getKind()).isEqualTo(PendingKind.NEARNESS);
        assertThat(why("t").getVetoes()).containsExactly(new Veto(VetoCause.VETO_AFFINITY, "near app==db", 1));
    }

    @Test
    void itsPartOfTheClusterHasItsShare() {
        harness.on(inRack("a1", "r1"));
        harness.on(inRack("a2", "r2"));
        harness.on(spread("first").setResources(resources(4_000, 64)).build());
        harness.on(spread("second").setResources(resources(4_000, 64)).build());
        harness.on(report("a2", "second", 1, 1, TaskState.TASK_FINISHED).build());
        harness.on(AgentLeaving.newBuilder()
                .setPool(Requests.POOL)
                .setAgentId("a2")
                .setIncarnation(1)
                .build());
        harness.on(inRack("a3", "r1"));
        harness.on(inRack("a4", "r3"));
        harness.on(task("filler")
                .setResources(resources(4_000, 64))
                .setConstraints(List.of(constraint("rack", ConstraintOperator.EQUALS, "r3")))
                .build());

        harness.on(spread("t").build());

        assertThat(why("t").getKind()).isEqualTo(PendingKind.NEARNESS);
        assertThat(why("t").getVetoes()).contains(new Veto(VetoCause.VETO_SPREAD, "rack", 2));
    }

    @Test
    void itsTimeHasNotCome() {
        harness.on(agent("a1", 1).build());
        Instant later = Instant.ofEpochMilli(harness.wallMs() + 60_000);

        harness.on(task("t").setNotBefore(later).build());

        assertThat(explained("t").why()).isNull();
        assertThat(explained("t").waitsFor()).isEqualTo("its not-before time of " + later);
    }

    @Test
    void itsRestartIsDelayed() {
        harness.on(agent("a1", 1).build());
        harness.on(task("t")
                .setRestartPolicy(new RestartPolicy(RestartMode.ON_FAILURE, 3, 10_000L, 10_000L))
                .build());

        harness.on(report("a1", "t", 1, 1, TaskState.TASK_FAILED).build());

        assertThat(explained("t").why()).isNull();
        assertThat(explained("t").waitsFor()).isEqualTo("the delay before its attempt 2, 10 s more");
    }

    @Test
    void saysWhereInItsRolesQueueATaskIs() {
        harness.on(task("low").setPriority(10).build());
        harness.on(task("first").build());
        harness.on(task("large").setResources(resources(2_000, 64)).build());
        harness.on(task("other").setRole("ops").build());

        assertThat(explained("first").position()).isEqualTo(1);
        assertThat(explained("large").position()).isEqualTo(2);
        assertThat(explained("low").position()).isEqualTo(3);
        assertThat(explained("low").queuedInRole()).isEqualTo(3);
        assertThat(explained("other").position()).isEqualTo(1);
    }

    private TaskExplanation explained(String taskId) {
        return harness.stored().restore(0, 4).explain(Requests.POOL, taskId).orElseThrow();
    }

    private PendingExplained why(String taskId) {
        PendingExplained why = explained(taskId).why();
        assertThat(why).as("why %s waits", taskId).isNotNull();
        return why;
    }

    private static AgentRegistered inRack(String id, String rack) {
        return agent(id, 1).setAttributes(List.of(new KeyValue("rack", rack))).build();
    }

    private static TaskRequest.Builder spread(String id) {
        return task(id).setJob("web").setSpreads(List.of(new Spread("rack", List.of(), true, 50)));
    }

    private static SetRole limit(String role, long cpuMillis) {
        return SetRole.newBuilder()
                .setPool(Requests.POOL)
                .setRole(role)
                .setLimit(Quota.newBuilder().setCpuMillis(cpuMillis).build())
                .build();
    }

    private static TaskRequest member(String id, int size) {
        return task(id).setGang(new Gang("g", size, 60_000L))
                .setRestartPolicy(new RestartPolicy(RestartMode.ON_FAILURE, 3, 1_000L, 1_000L))
                .build();
    }

    private static TaskRequest withPort(String id) {
        return task(id).setResources(Resources.newBuilder(resources(1_000, 64))
                        .setPorts(List.of(new PortRange(8_080, 8_080)))
                        .build())
                .build();
    }

    private static TaskRequest withGpus(String id, long gpuMillis) {
        return task(id).setResources(Resources.newBuilder(resources(500, 64))
                        .setGpuMillis(gpuMillis)
                        .build())
                .build();
    }
}
