package dev.millrace.core;

import static dev.millrace.contract.TaskState.TASK_FINISHED;
import static dev.millrace.core.Requests.POOL;
import static dev.millrace.core.Requests.agent;
import static dev.millrace.core.Requests.report;
import static dev.millrace.core.Requests.resources;
import static dev.millrace.core.Requests.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.CommandDone;
import dev.millrace.contract.CommandRefused;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Reserve;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.Unreserve;
import dev.millrace.contract.Veto;
import dev.millrace.contract.VetoCause;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReservationsTest {
    private final Harness harness = new Harness();

    @Test
    void keepsWhatIsReservedForARoleFromOthersAndNotFromThoseBelowIt() {
        harness.on(agent("a1", 7).build());
        harness.on(reserve("a1", "eng", 3_000));

        harness.on(of("other", "ads", 2_000)).tick();
        harness.on(of("own", "eng/search", 3_500));

        assertThat(harness.launches())
                .extracting(launch -> launch.getRequest().getTaskId())
                .containsExactly("own");
        assertThat(harness.explanations().get(0).getVetoes())
                .containsExactly(new Veto(VetoCause.VETO_RESERVED, "cpus", 1));
    }

    @Test
    void looksAtReservedAgentsFirst() {
        harness.on(agent("a1", 7).build());
        harness.on(agent("a2", 8).build());
        harness.on(reserve("a2", "eng", 1_000));

        harness.on(of("t", "eng", 1_000));

        assertThat(harness.launches()).extracting(LaunchTask::getAgentId).containsExactly("a2");
    }

    @Test
    void refusesToReserveWhatOthersUse() {
        harness.on(agent("a1", 7).build());
        harness.on(of("t", "ads", 2_000));

        harness.on(reserve("a1", "eng", 2_500));
        harness.on(reserve("nobody", "eng", 2_500));

        assertThat(harness.sent(CommandRefused.class))
                .extracting(CommandRefused::getMessage)
                .containsExactly(
                        "only cpus=2 of the agent's are neither reserved nor used by others",
                        "no agent nobody is known in pool default");
    }

    @Test
    void reservesWhatTheRoleUsesItself() {
        harness.on(agent("a1", 7).build());
        harness.on(of("t", "eng/search", 3_000));

        harness.on(reserve("a1", "eng", 4_000));

        assertThat(harness.sent(CommandDone.class)).hasSize(1);
    }

    @Test
    void takesBackWhatNobodyUsesAndMakesRoomForOthers() {
        harness.on(agent("a1", 7).build());
        harness.on(reserve("a1", "eng", 4_000));
        harness.on(of("t", "eng", 3_000));
        harness.on(of("u", "ads", 1_000));

        harness.on(unreserve("a1", "eng", 2_000));
        harness.on(unreserve("a1", "eng", 5_000));
        harness.on(unreserve("a1", "eng", 1_000));
        harness.on(report("a1", "t", 1, 1, TASK_FINISHED).build());

        assertThat(harness.sent(CommandRefused.class))
                .extracting(CommandRefused::getMessage)
                .containsExactly(
                        "cpus=1 of it are in use", "only cpus=4 are reserved by command for role eng and these labels");
        assertThat(harness.launches())
                .extracting(launch -> launch.getRequest().getTaskId())
                .containsExactly("t", "u");
    }

    @Test
    void keepsWhatAnAgentsOwnConfigurationReserves() {
        harness.on(agent("a1", 7)
                .setReservations(List.of(new Reservation("eng", resources(4_000, 0), List.of())))
                .build());

        harness.on(of("u", "ads", 1_000));
        harness.on(unreserve("a1", "eng", 1_000));

        assertThat(harness.launches()).isEmpty();
        assertThat(harness.sent(CommandRefused.class)).hasSize(1);
    }

    private static Reserve reserve(String agentId, String role, long cpuMillis) {
        return Reserve.newBuilder()
                .setPool(POOL)
                .setAgentId(agentId)
                .setReservation(new Reservation(role, resources(cpuMillis, 0), List.of()))
                .build();
    }

    private static Unreserve unreserve(String agentId, String role, long cpuMillis) {
        return Unreserve.newBuilder()
                .setPool(POOL)
                .setAgentId(agentId)
                .setReservation(new Reservation(role, resources(cpuMillis, 0), List.of()))
                .build();
    }

    private static TaskRequest of(String id, String role, long cpuMillis) {
        return task(id).setRole(role).setResources(resources(cpuMillis, 64)).build();
    }
}
