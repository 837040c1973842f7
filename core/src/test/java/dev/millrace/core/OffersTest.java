package dev.millrace.core;

import static dev.millrace.core.FrameworkFixture.role;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OfferOperation;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.OffersRescinded;
import dev.millrace.contract.OperationState;
import dev.millrace.contract.OperationType;
import dev.millrace.contract.OperationUpdated;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ReviveOffers;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.UpdateFramework;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OffersTest {
    private static final Resources UNIT = Requests.resources(1_000, 256);

    private final Harness cluster = new Harness();
    private final FrameworkFixture framework = new FrameworkFixture(cluster, "spark", 1);

    private static void agent(Harness harness, String id, long incarnation, long units) {
        harness.on(Requests.agent(id, incarnation)
                .setResources(Requests.resources(1_000 * units, 256 * units))
                .build());
    }

    private void agent(String id, long incarnation, long units) {
        agent(cluster, id, incarnation, units);
    }

    private static FrameworkRole units(int wanted) {
        return role("eng").setUnit(UNIT).setUnitsWanted(wanted).build();
    }

    private List<Long> offeredCpuMillis() {
        return framework.unanswered().stream()
                .map(offer -> offer.getResources().getCpuMillis())
                .toList();
    }

    @Test
    void wantsNoMoreThanItSaidLastAlsoIfItDeclinesWhatItWantedBefore() {
        agent("a", 1, 5);
        framework.subscribe(units(5));
        assertThat(offeredCpuMillis()).containsExactly(5_000L);

        cluster.on(new UpdateFramework(Requests.POOL, "spark", 1L, List.of(units(2)), 60_000L));
        framework.decline(1_000, framework.lastOffer());
        framework.stay(2_000, "a");

        assertThat(offeredCpuMillis()).containsExactly(2_000L);
    }

    @Test
    void offersADeclinedAgentThatHasMoreAsSoonAsMoreUnitsAreLeft() {
        agent("a", 1, 4);
        agent("b", 1, 6);
        framework.subscribe(units(7));
        framework.decline(100_000, framework.offers().get(0));
        assertThat(offeredCpuMillis()).containsExactly(3_000L, 3_000L);
        agent("a", 2, 6);
        assertThat(offeredCpuMillis()).containsExactly(3_000L, 3_000L);

        framework.decline(100_000, framework.unanswered().toArray(new Offer[0]));

        assertThat(offeredCpuMillis()).containsExactly(6_000L);
    }

    @Test
    void looksAtOtherAgentsAgainWhenUnitsAreLeftAfterAllWereUsedOrOffered() {
        agent("a", 1, 2);
        agent("b", 1, 1);
        agent("c", 1, 1);
        framework.subscribe(units(3));
        assertThat(offeredCpuMillis()).containsExactly(2_000L, 1_000L);
        Offer ofB = framework.lastOffer();
        framework.launch(framework.offers().get(0), task("t1", 2_000, 512));

        framework.decline(100_000, ofB);

        assertThat(framework.unanswered()).extracting(Offer::getAgentId).containsExactly("c");
    }

    @Test
    void doesNotTellAnOfferOnceMoreThatIsTakenBackInTheSameStep() {
        Harness smallSteps = new Harness(1);
        FrameworkFixture slow = new FrameworkFixture(smallSteps, "spark", 1);
        agent(smallSteps, "a", 1, 4);
        agent(smallSteps, "b", 1, 4);
        slow.subscribe("eng");
        assertThat(slow.offers()).hasSize(2);
        slow.stay(59_750, "a", "b");
        smallSteps.loseContinues();
        smallSteps.tick();
        assertThat(slow.told(OffersRescinded.class)).hasSize(1);
        smallSteps.forgetMessages();

        slow.subscribe("eng");

        assertThat(slow.told(OffersRescinded.class)).hasSize(1);
        assertThat(slow.told(OffersMade.class)).isEmpty();
    }

    private static TaskRequest task(String id, long cpuMillis, long memMib) {
        return Requests.task(id)
                .setRole("eng")
                .setResources(Requests.resources(cpuMillis, memMib))
                .build();
    }

    @Test
    void offersWhatAnAcceptedOfferLeftOnlyIfTheAgentHasMoreMeanwhile() {
        agent("a", 1, 4);
        framework.subscribe("eng");
        framework.launch(framework.lastOffer(), task("t1", 1_000, 256));
        cluster.pass(2_000);
        assertThat(framework.unanswered()).isEmpty();

        cluster.on(Requests.report("a", "t1", 1, 1, TaskState.TASK_FINISHED).build());

        assertThat(offeredCpuMillis()).containsExactly(4_000L);
    }

    @Test
    void offersGpuDevicesAndPortsAndGivesTasksNoOthers() {
        cluster.on(Requests.agent("a", 1)
                .setResources(Resources.newBuilder(Requests.resources(4_000, 1_024))
                        .setGpuMillis(3_000L)
                        .setPorts(List.of(new PortRange(31_000, 31_009)))
                        .build())
                .build());
        Resources unit = Resources.newBuilder(UNIT).setGpuMillis(1_000L).build();
        framework.subscribe(
                role("eng").setUnit(unit).setUnitPorts(2).setUnitsWanted(1).build());
        Offer first = framework.lastOffer();
        cluster.on(new ReviveOffers(Requests.POOL, "spark", 1L, List.of(), 2));
        Offer second = framework.lastOffer();

        assertThat(first.getResources().getPorts()).containsExactly(new PortRange(31_000, 31_001));
        assertThat(second.getResources().getPorts()).containsExactly(new PortRange(31_002, 31_003));
        framework.launch(
                second,
                TaskRequest.newBuilder(task("t1", 1_000, 256))
                        .setResources(unit)
                        .setPortCount(2)
                        .build());
        LaunchTask launch = cluster.launches().get(0);
        assertThat(launch.getPorts()).containsExactly(31_002, 31_003);
        assertThat(launch.getGpuDevices()).containsExactly(1);
    }

    @Test
    void offersOneDeviceAtATimeToWhoWantsPartsOfDevices() {
        cluster.on(Requests.agent("a", 1)
                .setResources(Resources.newBuilder(Requests.resources(4_000, 1_024))
                        .setGpuMillis(1_000L)
                        .build())
                .build());

        framework.subscribe(role("eng")
                .setUnit(Resources.newBuilder(UNIT).setGpuMillis(400L).build())
                .setUnitsWanted(5)
                .build());

        assertThat(framework.offers())
                .extracting(offer -> offer.getResources().getGpuMillis())
                .containsExactly(400L, 400L);
    }

    @Test
    void offersOnlyAgentsThatMeetTheConstraints() {
        agent("a", 1, 4);
        cluster.on(Requests.agent("b", 1)
                .setAttributes(List.of(new KeyValue("os", "plan9")))
                .build());

        framework.subscribe(role("eng")
                .setConstraints(List.of(Requests.constraint("os", ConstraintOperator.EQUALS, "plan9")))
                .build());

        assertThat(framework.offers()).extracting(Offer::getAgentId).containsExactly("b");
    }

    @Test
    void offersNothingThatThePoolSaysIsNotWorthIt() {
        cluster.on(Cluster.settings()
                .setMinOfferCpuMillis(2_000L)
                .setMinOfferMemMib(2_048L)
                .build());
        agent("a", 1, 1);
        framework.subscribe("eng");
        assertThat(framework.offers()).isEmpty();

        cluster.on(Cluster.settings().setMinOfferMemMib(256L).build());

        assertThat(offeredCpuMillis()).containsExactly(1_000L);
    }

    @Test
    void offersNothingOfAnAgentThatHasAsManyTasksAsItMayHave() {
        cluster.on(Cluster.settings().setMaxTasksPerAgent(1).build());
        agent("a", 1, 4);
        framework.subscribe("eng");

        framework.launch(framework.lastOffer(), task("t1", 1_000, 256), task("t2", 1_000, 256));

        assertThat(cluster.statuses("t2").get(0).getMessage()).contains("as many tasks as an agent may have");
        framework.stay(10_000, "a");
        assertThat(framework.unanswered()).isEmpty();
        cluster.on(Cluster.settings().setMaxTasksPerAgent(2).build());
        assertThat(offeredCpuMillis()).containsExactly(3_000L);
    }

    @Test
    void reservesForItsRoleAndTakesThatBack() {
        agent("a", 1, 4);
        framework.subscribe("eng");
        FrameworkFixture other = new FrameworkFixture(cluster, "flink", 1);
        other.subscribe("ads");

        framework.accept(List.of(framework.lastOffer()), reservation(OperationType.RESERVE, 3_000));

        assertThat(other.lastOffer().getResources().getCpuMillis()).isEqualTo(1_000);
        framework.stay(6_000, "a");
        assertThat(framework.lastOffer().getReservations()).hasSize(1);
        assertThat(offeredCpuMillis()).containsExactly(3_000L);
        framework.accept(List.of(framework.lastOffer()), reservation(OperationType.UNRESERVE, 2_000));
        assertThat(framework.told(OperationUpdated.class))
                .extracting(OperationUpdated::getState)
                .containsOnly(OperationState.OPERATION_FINISHED);
        assertThat(other.lastOffer().getResources().getCpuMillis()).isEqualTo(2_000);
    }

    @Test
    void reservesNoMoreThanIsOffered() {
        agent("a", 1, 4);
        framework.subscribe(units(1));

        framework.accept(List.of(framework.lastOffer()), reservation(OperationType.RESERVE, 2_000));

        assertThat(framework.told(OperationUpdated.class))
                .extracting(OperationUpdated::getMessage)
                .containsExactly("only cpus=1 are left of the offers");
    }

    private static OfferOperation reservation(OperationType type, long cpuMillis) {
        Reservation reservation = new Reservation("eng", Requests.resources(cpuMillis, 0), List.of());
        return new OfferOperation(type, "", List.of(), reservation);
    }

    @Test
    void offersFrameworksOfOneRoleEquallyMuch() {
        framework.subscribe("eng");
        FrameworkFixture other = new FrameworkFixture(cluster, "flink", 1);
        other.subscribe("eng");

        for (String id : List.of("a", "b", "c", "d")) {
            agent(id, 1, 2);
        }

        assertThat(framework.offers()).hasSize(2);
        assertThat(other.offers()).hasSize(2);
    }

    @Test
    void sharesARoleBetweenItsQueueAndAFramework() {
        framework.subscribe("eng");
        for (String id : List.of("q1", "q2", "q3", "q4")) {
            cluster.on(task(id, 2_000, 512));
        }

        for (String id : List.of("a", "b", "c", "d")) {
            agent(id, 1, 2);
        }

        assertThat(framework.offers()).hasSize(2);
        assertThat(cluster.launches()).hasSize(2);
    }

    @Test
    void countsWhatIsOfferedAgainstTheLimitOfARole() {
        cluster.on(Cluster.role("eng").setLimit(Cluster.cpus(5_000)).build());
        agent("a", 1, 4);
        agent("b", 1, 4);
        framework.subscribe("eng");
        assertThat(offeredCpuMillis()).containsExactly(4_000L, 1_000L);

        cluster.on(task("q", 1_000, 256));
        assertThat(cluster.launches()).isEmpty();
        framework.decline(60_000, framework.offers().get(1));

        assertThat(cluster.last("q").getState()).isEqualTo(TaskState.TASK_STAGING);
    }

    @Test
    void forgetsWhatWasDeclinedOfAnAgentWithTheAgent() {
        Harness smallSteps = new Harness(1);
        agent(smallSteps, "a", 1, 4);
        List<FrameworkFixture> all = new ArrayList<>();
        for (String id : List.of("f1", "f2", "f3")) {
            FrameworkFixture each = new FrameworkFixture(smallSteps, id, 1).subscribe("eng");
            each.decline(3_600_000, each.lastOffer());
            all.add(each);
        }
        smallSteps.loseContinues();

        smallSteps.on(
                RemoveAgent.newBuilder().setPool(Requests.POOL).setAgentId("a").build());
        agent(smallSteps, "a", 2, 4);
        smallSteps.pass(2_000);

        assertThat(all.get(0).unanswered()).hasSize(1);
    }
}
