package dev.millrace.core;

import static dev.millrace.core.FrameworkFixture.role;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.FrameworkError;
import dev.millrace.contract.FrameworkFailure;
import dev.millrace.contract.KillFrameworkTask;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.OffersRescinded;
import dev.millrace.contract.OperationState;
import dev.millrace.contract.OperationUpdated;
import dev.millrace.contract.Reason;
import dev.millrace.contract.ReconcileTasks;
import dev.millrace.contract.Reconciled;
import dev.millrace.contract.SchedulerHeartbeat;
import dev.millrace.contract.Subscribed;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.UpdateFramework;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameworkLifeTest {
    private final Harness cluster = new Harness();
    private final FrameworkFixture framework = new FrameworkFixture(cluster, "spark", 1);

    private static TaskRequest task(String id) {
        return Requests.task(id)
                .setRole("eng")
                .setResources(Requests.resources(1, 1))
                .build();
    }

    private void agent(String id) {
        cluster.on(Requests.agent(id, 1).build());
    }

    @Test
    void refusesCallsThatComeTooOftenAndGivesTheirOffersBack() {
        cluster.on(Cluster.settings().setFrameworkCallsPerSecond(2).build());
        agent("a");
        framework.subscribe("eng");
        kill("nobody");
        kill("nobody");

        framework.launch(framework.lastOffer(), task("t1"));
        framework.heartbeat();

        assertThat(framework.told(FrameworkError.class))
                .singleElement()
                .matches(error -> !error.getFatal() && error.getReason() == Reason.REASON_RATE_LIMITED);
        assertThat(framework.told(OperationUpdated.class))
                .extracting(OperationUpdated::getState)
                .containsExactly(OperationState.OPERATION_DROPPED);
        assertThat(cluster.statuses("t1").get(0).getState()).isEqualTo(TaskState.TASK_DROPPED);
        assertThat(framework.told(SchedulerHeartbeat.class)).hasSize(1);
        assertThat(framework.told(OffersRescinded.class)).hasSize(1);
        cluster.pass(1_250);
        framework.launch(framework.lastOffer(), task("t1"));
        assertThat(cluster.last("t1").getState()).isEqualTo(TaskState.TASK_STAGING);
    }

    private void kill(String taskId) {
        cluster.on(new KillFrameworkTask(Requests.POOL, "spark", 1L, taskId, null));
    }

    @Test
    void listensToAnIncarnationOfZeroToo() {
        framework.subscribe("eng");

        FrameworkFixture zero = new FrameworkFixture(cluster, "spark", 0).subscribe("eng");

        assertThat(zero.told(Subscribed.class))
                .extracting(Subscribed::getIncarnation)
                .containsExactly(1L, 0L);
    }

    @Test
    void refusesASchedulerThatWasFollowedByAnother() {
        framework.subscribe("eng");
        new FrameworkFixture(cluster, "spark", 2).subscribe("eng");

        framework.subscribe("eng");

        assertThat(framework.told(Subscribed.class))
                .extracting(Subscribed::getIncarnation)
                .containsExactly(1L, 2L);
        assertThat(framework.told(FrameworkError.class))
                .hasSize(2)
                .extracting(FrameworkError::getReason)
                .containsOnly(Reason.REASON_FRAMEWORK_FENCED);
    }

    @Test
    void takesBackWhatIsOfferedInARoleThatItLeaves() {
        agent("a");
        framework.subscribe("eng");
        Offer offer = framework.lastOffer();

        cluster.on(new UpdateFramework(
                Requests.POOL, "spark", 1L, List.of(role("ads").build()), 60_000L));

        assertThat(framework.offers()).extracting(Offer::getRole).containsExactly("ads");
        framework.launch(offer, task("t1"));
        assertThat(cluster.statuses("t1").get(0).getReason()).isEqualTo(Reason.REASON_INVALID_OFFERS);
    }

    @Test
    void tellsTheOffersThatAreOutOnceMoreToTheNextScheduler() {
        agent("a");
        framework.subscribe("eng");
        Offer offer = framework.lastOffer();

        FrameworkFixture next = new FrameworkFixture(cluster, "spark", 2).subscribe("eng");

        assertThat(next.told(OffersMade.class))
                .filteredOn(made -> made.getIncarnation() == 2)
                .flatExtracting(OffersMade::getOffers)
                .containsExactly(offer);
    }

    @Test
    void tellsThatAnAgentIsGone() {
        agent("a");
        framework.subscribe("eng");

        cluster.on(new AgentLeaving(Requests.POOL, "a", 1L, "for repair"));

        assertThat(framework.told(FrameworkFailure.class))
                .singleElement()
                .matches(
                        failure -> failure.getAgentId().equals("a") && failure.getReason() == Reason.REASON_AGENT_LEFT);
        assertThat(framework.told(OffersRescinded.class))
                .extracting(OffersRescinded::getReason)
                .containsExactly(Reason.REASON_AGENT_LEFT);
    }

    @Test
    void answersForAThousandTasksInParts() {
        Harness smallSteps = new Harness(150);
        FrameworkFixture large = new FrameworkFixture(smallSteps, "spark", 1);
        smallSteps.on(Requests.agent("a", 1).build());
        large.subscribe("eng");
        List<TaskRequest> tasks = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            tasks.add(task("t" + i));
        }
        large.launch(large.lastOffer(), tasks.toArray(new TaskRequest[0]));

        smallSteps.on(new ReconcileTasks(Requests.POOL, "spark", 1L, "all", List.of()));

        List<Reconciled> answers = large.told(Reconciled.class);
        assertThat(answers).allMatch(answer -> answer.getReconciliationId().equals("all"));
        assertThat(answers)
                .hasSizeGreaterThan(5)
                .filteredOn(Reconciled::getLast)
                .containsExactly(answers.get(answers.size() - 1));
        assertThat(answers.stream()
                        .flatMap(answer -> answer.getStatuses().stream())
                        .map(status -> status.getTaskId())
                        .distinct())
                .hasSize(1_000);
    }

    @Test
    void tellsOtherTermsToWhoHasSubscribed() {
        framework.subscribe("eng");

        cluster.on(Cluster.settings()
                .setHeartbeatIntervalMs(1_000L)
                .setLeaseMs(4_000L)
                .setUnreachableTimeoutMs(8_000L)
                .build());

        assertThat(framework.told(Subscribed.class))
                .extracting(Subscribed::getHeartbeatIntervalMs, Subscribed::getTimeoutMs)
                .containsExactly(tuple(5_000L, 30_000L), tuple(1_000L, 8_000L));
    }
}
