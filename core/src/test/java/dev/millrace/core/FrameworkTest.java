package dev.millrace.core;

import static dev.millrace.core.FrameworkFixture.operation;
import static dev.millrace.core.FrameworkFixture.role;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.FrameworkChanged;
import dev.millrace.contract.FrameworkError;
import dev.millrace.contract.FrameworkLeaving;
import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OffersRescinded;
import dev.millrace.contract.OperationState;
import dev.millrace.contract.OperationType;
import dev.millrace.contract.OperationUpdated;
import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PendingKind;
import dev.millrace.contract.Quota;
import dev.millrace.contract.Reason;
import dev.millrace.contract.ReconcileTasks;
import dev.millrace.contract.Reconciled;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ReviveOffers;
import dev.millrace.contract.SetRole;
import dev.millrace.contract.Subscribed;
import dev.millrace.contract.SuppressOffers;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Teardown;
import dev.millrace.contract.TeardownFramework;
import dev.millrace.contract.Veto;
import dev.millrace.contract.VetoCause;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameworkTest {
    private static final Resources SMALL = Requests.resources(1_000, 256);

    private final Harness cluster = new Harness();
    private final FrameworkFixture framework = new FrameworkFixture(cluster, "spark", 1);

    private void agent(String id, long cpuMillis, long memMib) {
        cluster.on(Requests.agent(id, 1)
                .setResources(Requests.resources(cpuMillis, memMib))
                .build());
    }

    private static TaskRequest task(String id) {
        return Requests.task(id).setResources(SMALL).setRole("eng").build();
    }

    @Test
    void offersAllThatAnAgentHas() {
        agent("a", 4_000, 1_024);

        framework.subscribe("eng");

        assertThat(framework.told(Subscribed.class)).hasSize(1);
        assertThat(framework.offers()).hasSize(1);
        assertThat(framework.lastOffer().getResources().getCpuMillis()).isEqualTo(4_000);
        assertThat(framework.lastOffer().getResources().getMemMib()).isEqualTo(1_024);
    }

    @Test
    void launchesAndOffersTheRestAgainAfterTheFilter() {
        agent("a", 4_000, 1_024);
        framework.subscribe("eng");

        framework.launch(framework.lastOffer(), task("t1"), task("t2"));

        assertThat(cluster.states("t1")).containsExactly(TaskState.TASK_QUEUED, TaskState.TASK_STAGING);
        assertThat(cluster.last("t2").getFrameworkId()).isEqualTo("spark");
        assertThat(cluster.launches()).hasSize(2);
        assertThat(framework.told(OperationUpdated.class))
                .extracting(OperationUpdated::getState)
                .containsExactly(OperationState.OPERATION_FINISHED);
        assertThat(framework.offers()).hasSize(1);
        cluster.pass(5_500);
        assertThat(framework.lastOffer().getResources().getCpuMillis()).isEqualTo(2_000);
    }

    @Test
    void usesAnOfferOnce() {
        agent("a", 4_000, 1_024);
        framework.subscribe("eng");
        Offer offer = framework.lastOffer();

        framework.launch(offer, task("t1"));
        framework.launch(offer, task("t2"));

        assertThat(cluster.launches()).hasSize(1);
        assertThat(cluster.statuses("t2"))
                .extracting(TaskStatus::getState, TaskStatus::getReason, TaskStatus::getSequence)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(TaskState.TASK_DROPPED, Reason.REASON_INVALID_OFFERS, 0L));
        assertThat(framework.told(OperationUpdated.class))
                .extracting(OperationUpdated::getState)
                .containsExactly(OperationState.OPERATION_FINISHED, OperationState.OPERATION_DROPPED);
    }

    @Test
    void doesNotSayThatATaskWasDroppedThatRuns() {
        agent("a", 4_000, 1_024);
        framework.subscribe("eng");
        Offer offer = framework.lastOffer();
        framework.launch(offer, task("t1"));

        framework.launch(offer, task("t1"));

        TaskStatus answer = cluster.statuses("t1").get(2);
        assertThat(answer.getSequence()).isZero();
        assertThat(answer.getReason()).isEqualTo(Reason.REASON_DUPLICATE_TASK_ID);
        assertThat(cluster.last("t1").getState()).isEqualTo(TaskState.TASK_STAGING);
    }

    @Test
    void refusesWhatIsMoreThanWasOffered() {
        agent("a", 1_000, 256);
        framework.subscribe("eng");

        framework.launch(framework.lastOffer(), task("t1"), task("t2"));

        assertThat(cluster.last("t1").getState()).isEqualTo(TaskState.TASK_STAGING);
        assertThat(cluster.statuses("t2").get(0).getState()).isEqualTo(TaskState.TASK_ERROR);
        assertThat(cluster.statuses("t2").get(0).getMessage()).contains("more than what is left");
    }

    @Test
    void combinesOffersOfOneAgent() {
        agent("a", 1_000, 256);
        framework.subscribe(role("eng").setUnit(SMALL).setUnitsWanted(10).build());
        Offer first = framework.lastOffer();
        cluster.on(Requests.agent("a", 2)
                .setResources(Requests.resources(1_000, 256))
                .build());
        assertThat(framework.offers()).doesNotContain(first);
        Offer second = framework.lastOffer();
        framework.launch(second, task("t1"));
        assertThat(cluster.last("t1").getState()).isEqualTo(TaskState.TASK_STAGING);
    }

    @Test
    void neverOffersMoreUnitsThanAreWanted() {
        agent("a", 4_000, 1_024);
        agent("b", 4_000, 1_024);

        framework.subscribe(role("eng").setUnit(SMALL).setUnitsWanted(5).build());

        assertThat(framework.offers())
                .extracting(offer -> offer.getResources().getCpuMillis())
                .containsExactly(4_000L, 1_000L);
        framework.launch(framework.offers().get(0), task("t1"), task("t2"), task("t3"), task("t4"));
        framework.launch(framework.offers().get(1), task("t5"));
        framework.stay(60_000, "a", "b");
        assertThat(framework.offers()).hasSize(2);
    }

    @Test
    void offersADeclinedAgentAgainOnlyAfterItsFilterOrARevival() {
        agent("a", 4_000, 1_024);
        framework.subscribe("eng");

        framework.decline(10_000, framework.lastOffer());

        cluster.pass(9_500);
        assertThat(framework.offers()).hasSize(1);
        cluster.pass(1_000);
        assertThat(framework.offers()).hasSize(2);
        framework.decline(100_000, framework.lastOffer());
        cluster.pass(5_000);
        assertThat(framework.offers()).hasSize(2);
        cluster.on(new ReviveOffers(Requests.POOL, "spark", 1L, List.of(), null));
        assertThat(framework.offers()).hasSize(3);
    }

    @Test
    void takesBackWhatIsNotAnsweredInTime() {
        agent("a", 4_000, 1_024);
        framework.subscribe("eng");
        cluster.on(Requests.task("other").setResources(SMALL).build());
        assertThat(cluster.last("other").getState()).isEqualTo(TaskState.TASK_QUEUED);

        framework.stay(61_000, "a");

        assertThat(framework.told(OffersRescinded.class))
                .extracting(OffersRescinded::getReason)
                .containsExactly(Reason.REASON_OFFER_TIMEOUT);
        assertThat(cluster.last("other").getState()).isEqualTo(TaskState.TASK_STAGING);
        assertThat(framework.offers()).isEmpty();
    }

    @Test
    void takesBackWhatAQueueWithAHigherClaimNeeds() {
        agent("a", 2_000, 1_024);
        framework.subscribe("eng");
        framework.launch(framework.lastOffer(), task("t1"));
        framework.stay(6_000, "a");
        assertThat(framework.lastOffer().getResources().getCpuMillis()).isEqualTo(1_000);

        cluster.on(Requests.task("other").setRole("ads").setResources(SMALL).build());
        cluster.pass(1_500);

        assertThat(framework.told(OffersRescinded.class))
                .extracting(OffersRescinded::getReason)
                .containsExactly(Reason.REASON_OFFER_RECLAIMED);
        assertThat(cluster.last("other").getState()).isEqualTo(TaskState.TASK_STAGING);
    }

    @Test
    void explainsThatWhatATaskNeedsIsOffered() {
        agent("a", 2_000, 1_024);
        framework.subscribe("eng");

        cluster.on(Requests.task("other").setRole("ads").setResources(SMALL).build());
        cluster.tick();

        PendingExplained why = cluster.explanations().get(0);
        assertThat(why.getKind()).isEqualTo(PendingKind.OFFERED_TO_FRAMEWORKS);
        assertThat(why.getVetoes())
                .containsExactly(
                        new Veto(VetoCause.VETO_OFFERED, "cpus", 1), new Veto(VetoCause.VETO_OFFERED, "memory", 1));
    }

    @Test
    void takesOffersBackRatherThanKill() {
        agent("a", 2_000, 1_024);
        cluster.on(Requests.task("low")
                .setResources(SMALL)
                .setRole("default")
                .setPriority(10)
                .build());
        framework.subscribe("eng");
        cluster.on(new SetRole(Requests.POOL, "ads", null, quota(1_000), null, null, null, false, "", ""));

        cluster.on(Requests.task("other")
                .setRole("ads")
                .setPriority(90)
                .setResources(SMALL)
                .build());
        cluster.pass(2_000);

        assertThat(cluster.kills()).isEmpty();
        assertThat(cluster.last("other").getState()).isEqualTo(TaskState.TASK_STAGING);
    }

    private static Quota quota(long cpuMillis) {
        return Quota.newBuilder().setCpuMillis(cpuMillis).build();
    }

    @Test
    void fencesTheEarlierScheduler() {
        agent("a", 4_000, 1_024);
        framework.subscribe("eng");
        Offer offer = framework.lastOffer();

        FrameworkFixture successor = new FrameworkFixture(cluster, "spark", 2).subscribe("eng");
        framework.launch(offer, task("t1"));
        successor.launch(offer, task("t2"));

        assertThat(framework.told(FrameworkError.class))
                .filteredOn(error -> error.getIncarnation() == 1)
                .hasSize(2)
                .allMatch(FrameworkError::getFatal);
        assertThat(cluster.statuses("t1")).hasSize(1);
        assertThat(cluster.last("t2").getState()).isEqualTo(TaskState.TASK_STAGING);
    }

    @Test
    void keepsTasksUntilTheFailoverTimeoutThenKillsThem() {
        agent("a", 4_000, 1_024);
        cluster.on(framework
                .subscription(role("eng").build())
                .setFailoverTimeoutMs(20_000)
                .build());
        framework.launch(framework.lastOffer(), task("t1"));

        cluster.on(new FrameworkLeaving(Requests.POOL, "spark", 1L));
        cluster.on(Requests.heartbeat("a", 1)).pass(15_000);
        assertThat(cluster.last("t1").getState()).isEqualTo(TaskState.TASK_STAGING);
        cluster.on(Requests.heartbeat("a", 1)).pass(6_000);

        assertThat(cluster.last("t1").getState()).isEqualTo(TaskState.TASK_KILLING);
        cluster.on(Requests.report("a", "t1", 1, 1, TaskState.TASK_KILLED).build());
        assertThat(cluster.sent(FrameworkChanged.class))
                .extracting(FrameworkChanged::getState)
                .containsExactly(
                        FrameworkState.FRAMEWORK_ACTIVE,
                        FrameworkState.FRAMEWORK_DISCONNECTED,
                        FrameworkState.FRAMEWORK_TEARDOWN,
                        FrameworkState.FRAMEWORK_REMOVED);
    }

    @Test
    void endsAFrameworksTaskWithItsAttempt() {
        agent("a", 4_000, 1_024);
        framework.subscribe("eng");
        framework.launch(framework.lastOffer(), task("t1"));

        cluster.on(Requests.report("a", "t1", 1, 1, TaskState.TASK_DROPPED).build());

        assertThat(cluster.last("t1").getState()).isEqualTo(TaskState.TASK_DROPPED);
        assertThat(cluster.last("t1").getTaskEnded()).isTrue();
    }

    @Test
    void reconcilesNamedTasksAndAll() {
        agent("a", 4_000, 1_024);
        framework.subscribe("eng");
        framework.launch(framework.lastOffer(), task("t1"), task("t2"));

        cluster.on(new ReconcileTasks(Requests.POOL, "spark", 1L, "r1", List.of("t1", "nobody")));
        cluster.on(new ReconcileTasks(Requests.POOL, "spark", 1L, "r2", List.of()));

        List<Reconciled> answers = framework.told(Reconciled.class);
        assertThat(answers.get(0).getStatuses())
                .extracting(TaskStatus::getState)
                .containsExactly(TaskState.TASK_STAGING, TaskState.TASK_UNKNOWN);
        assertThat(answers.get(1).getStatuses())
                .extracting(TaskStatus::getTaskId)
                .containsExactly("t1", "t2");
        assertThat(answers.get(1).getLast()).isTrue();
        assertThat(answers.get(1).getStatuses().get(0).getSequence()).isEqualTo(2);
    }

    @Test
    void offersNothingToTheSuppressed() {
        framework.subscribe("eng");
        cluster.on(new SuppressOffers(Requests.POOL, "spark", 1L, List.of("eng")));

        agent("a", 4_000, 1_024);

        assertThat(framework.offers()).isEmpty();
        cluster.on(new ReviveOffers(Requests.POOL, "spark", 1L, List.of("eng"), null));
        assertThat(framework.offers()).hasSize(1);
    }

    @Test
    void tearsDownOnAnOperatorsWord() {
        agent("a", 4_000, 1_024);
        framework.subscribe("eng");
        framework.launch(framework.lastOffer(), task("t1"));

        cluster.on(new TeardownFramework(Requests.POOL, "spark", "", "", "c1"));

        assertThat(cluster.kills()).hasSize(1);
        assertThat(framework.told(FrameworkError.class)).hasSize(1);
        framework.heartbeat();
        assertThat(framework.told(FrameworkError.class)).hasSize(2).allMatch(FrameworkError::getFatal);
    }

    @Test
    void forgetsAFrameworkWithoutTasksAtOnce() {
        framework.subscribe("eng");

        cluster.on(new Teardown(Requests.POOL, "spark", 1L));

        assertThat(cluster.sent(FrameworkChanged.class))
                .extracting(FrameworkChanged::getState)
                .endsWith(FrameworkState.FRAMEWORK_TEARDOWN, FrameworkState.FRAMEWORK_REMOVED);
    }

    @Test
    void launchesAGroupWholeOrNotAtAll() {
        agent("a", 4_000, 1_024);
        framework.subscribe("eng");

        framework.accept(List.of(framework.lastOffer()), operation(OperationType.LAUNCH_GROUP, task("t1"), task("t2")));

        assertThat(cluster.launches()).isEmpty();
        assertThat(cluster.statuses("t1").get(0).getMessage()).contains("one and the same executor");
    }
}
