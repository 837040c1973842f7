package dev.millrace.client.framework;

import static dev.millrace.client.framework.ScriptedScheduler.LONG;
import static dev.millrace.client.framework.ScriptedScheduler.POOL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.InvalidRequestException;
import dev.millrace.client.TestCluster;
import dev.millrace.contract.DeclineOffers;
import dev.millrace.contract.FrameworkError;
import dev.millrace.contract.FrameworkLeaving;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OffersMade;
import dev.millrace.contract.OffersRescinded;
import dev.millrace.contract.ReviveOffers;
import dev.millrace.contract.SchedulerHeartbeat;
import dev.millrace.contract.SendMessage;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.Subscribed;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Teardown;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FrameworkConnectionTest {
    private static final Duration MOMENT = Duration.ofMillis(50);

    private static final TestCluster CLUSTER = TestCluster.with("framework-connection");

    private final ScriptedScheduler scheduler = new ScriptedScheduler(CLUSTER);
    private final FrameworkInfo info = FrameworkInfo.of(scheduler.framework, "eng");

    @AfterAll
    static void closeCluster() {
        CLUSTER.close();
    }

    @AfterEach
    void close() {
        scheduler.close();
    }

    @Test
    void subscribesBeforeAnythingElseIsCalled() {
        try (FrameworkConnection connection = connect()) {
            connection.revive(List.of(), null).join();

            Subscribe subscribe = scheduler.next(Subscribe.class);
            assertThat(subscribe.getIncarnation()).isEqualTo(connection.incarnation());
            assertThat(scheduler.next(ReviveOffers.class).getIncarnation()).isEqualTo(connection.incarnation());
        }
    }

    @Test
    void subscribesAgainUntilThatIsAnswered() {
        try (FrameworkConnection connection = new FrameworkConnection(CLUSTER.config, info, new Pace(MOMENT, LONG))) {
            Subscribe first = scheduler.next(Subscribe.class);
            assertThat(scheduler.next(Subscribe.class)).isEqualTo(first);

            scheduler.subscribed(first.getIncarnation(), MOMENT, LONG, 0);
            poll(connection, 1);
            scheduler.skipToHeartbeat();

            scheduler.heartbeats(3);
        }
    }

    @Test
    void saysThatItLivesWhileNobodyPolls() {
        try (FrameworkConnection connection = connect()) {
            scheduler.takeSubscribe(MOMENT, LONG);
            poll(connection, 1);

            scheduler.heartbeats(5);
        }
    }

    @Test
    void handsOutAnOfferOnceHoweverOftenItIsTold() {
        try (FrameworkConnection connection = connect()) {
            scheduler.takeSubscribe();
            scheduler.offer(connection.incarnation(), "o-1", "o-2");
            connection
                    .decline(offers(poll(connection, 2).get(1)), Duration.ofSeconds(5))
                    .join();

            // As when the scheduler answers a second Subscribe only after the first one's offers were used.
            scheduler.subscribed(connection.incarnation(), LONG, LONG, 0);
            scheduler.offer(connection.incarnation(), "o-1", "o-2", "o-3");
            List<SpecificRecord> events = poll(connection, 1);

            assertThat(events).singleElement().isInstanceOf(OffersMade.class);
            assertThat(offers(events.get(0))).extracting(Offer::getOfferId).containsExactly("o-3");
            assertThat(connection.offersOut()).isEqualTo(1);
        }
    }

    @Test
    void tellsOfRescindedOffersThatItHasHandedOutOnly() {
        try (FrameworkConnection connection = connect()) {
            scheduler.takeSubscribe();
            scheduler.offer(connection.incarnation(), "o-1", "o-2");
            poll(connection, 2);
            scheduler.rescind("of an earlier process", "o-1");

            assertThat(poll(connection, 1))
                    .singleElement()
                    .satisfies(event ->
                            assertThat(((OffersRescinded) event).getOfferIds()).containsExactly("o-1"));
        }
    }

    @Test
    void leavesOutWhatIsNotItsOwn() {
        try (FrameworkConnection connection = connect()) {
            long incarnation = connection.incarnation();
            scheduler.subscribed(incarnation + 1, LONG, LONG, 0);
            scheduler.offer(incarnation + 1, "to another process");
            scheduler.error(incarnation + 1, true, "to another process");
            scheduler.tell("flink", new SchedulerHeartbeat(POOL, "flink", 1L, Instant.EPOCH));
            scheduler.takeSubscribe();
            CLUSTER.publish(ScriptedScheduler.statusOf("flink", "a", 1, TaskState.TASK_RUNNING));
            CLUSTER.publish(ScriptedScheduler.statusOf("", "b", 1, TaskState.TASK_RUNNING));
            scheduler.status("mine", 1, TaskState.TASK_RUNNING);

            List<SpecificRecord> events = poll(connection, 2);

            assertThat(events).hasSize(2);
            assertThat(events.get(0)).isInstanceOf(Subscribed.class);
            assertThat(((TaskStatus) events.get(1)).getTaskId()).isEqualTo("mine");
        }
    }

    @Test
    void theFirstProcessBeginsWithWhatComesAfterIt() {
        scheduler.status("earlier", 1, TaskState.TASK_RUNNING);

        try (FrameworkConnection connection = connect()) {
            scheduler.takeSubscribe();
            scheduler.status("later", 1, TaskState.TASK_RUNNING);

            assertThat(taskIds(poll(connection, 2))).containsExactly("later");
        }
    }

    @Test
    void aSuccessorGoesOnAfterTheLastEventThatWasHandledAndLearnsFirstThatItTookOver() {
        // As if killed: it is closed only when the test is over.
        try (FrameworkConnection killed = connect()) {
            scheduler.takeSubscribe();
            scheduler.status("handled", 1, TaskState.TASK_RUNNING);
            poll(killed, 2);
            killed.commit();
            scheduler.status("not handled", 1, TaskState.TASK_RUNNING);
            poll(killed, 1);
            scheduler.status("not polled", 1, TaskState.TASK_RUNNING);

            try (FrameworkConnection successor = connect()) {
                // It is handed out nothing, though there is something to hand out, until it has taken over.
                List<SpecificRecord> before = successor.poll(MOMENT);
                scheduler.takeSubscribe();
                List<SpecificRecord> events = poll(successor, 3);

                assertThat(before).isEmpty();
                assertThat(events.get(0)).isInstanceOf(Subscribed.class);
                assertThat(taskIds(events)).containsExactly("not handled", "not polled");
            }
        }
    }

    @Test
    void aSuccessorGoesOnFromTheStartOfAProcessThatWasKilledBeforeItsFirstEvent() {
        try (FrameworkConnection killed = connect()) {
            scheduler.status("a", 1, TaskState.TASK_RUNNING);

            try (FrameworkConnection successor = connect()) {
                scheduler.next(Subscribe.class);
                scheduler.takeSubscribe();

                assertThat(taskIds(poll(successor, 2))).containsExactly("a");
                assertThat(killed.incarnation()).isNotEqualTo(successor.incarnation());
            }
        }
    }

    @Test
    void aProcessThatDoesNotKnowYetThatItIsFollowedDoesNotMoveItsSuccessorsPlace() {
        try (FrameworkConnection old = connect()) {
            scheduler.takeSubscribe();
            scheduler.status("handled by the successor", 1, TaskState.TASK_RUNNING);
            poll(old, 2);
            try (FrameworkConnection successor = connect()) {
                scheduler.takeSubscribe();
                poll(successor, 2);
                successor.commit();
            }
            scheduler.next(FrameworkLeaving.class);
            scheduler.status("a", 1, TaskState.TASK_RUNNING);
            poll(old, 1);
            old.commit();

            try (FrameworkConnection third = connect()) {
                scheduler.takeSubscribe();

                assertThat(taskIds(poll(third, 2))).containsExactly("a");
            }
        }
    }

    @Test
    void aProcessThatWasToldThatItIsFencedDoesNotMoveItsSuccessorsPlace() {
        try (FrameworkConnection old = connect()) {
            scheduler.takeSubscribe();
            scheduler.status("a", 1, TaskState.TASK_RUNNING);
            scheduler.error(old.incarnation(), true, "taken over");
            poll(old, 3);
            old.commit();

            try (FrameworkConnection successor = connect()) {
                scheduler.takeSubscribe();

                assertThat(taskIds(poll(successor, 2))).containsExactly("a");
            }
        }
    }

    @Test
    void notesItsPlaceThoughItIsToldNothing() throws Exception {
        String group = CLUSTER.topics.prefix() + "framework." + POOL + '.' + scheduler.framework;
        try (FrameworkConnection connection = new FrameworkConnection(CLUSTER.config, info, new Pace(LONG, MOMENT));
                Admin admin = Admin.create(CLUSTER.config.adminProperties())) {
            scheduler.takeSubscribe();
            poll(connection, 1);
            connection.commit();
            long before = place(admin, group);

            scheduler.heartbeat(connection.incarnation());

            await().atMost(LONG).until(() -> {
                assertThat(connection.poll(MOMENT)).isEmpty();
                connection.commit();
                return place(admin, group) > before;
            });
        }
    }

    private static long place(Admin admin, String group) throws Exception {
        return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().values().stream()
                .mapToLong(OffsetAndMetadata::offset)
                .sum();
    }

    @Test
    void anOfferWhoseAnswerCouldNotBeSentIsStillOut() {
        ClusterConfig narrow =
                new ClusterConfig(CLUSTER.config.bootstrapServers(), CLUSTER.topics, Map.of("max.request.size", 600));
        try (FrameworkConnection connection = new FrameworkConnection(narrow, info)) {
            scheduler.takeSubscribe();
            scheduler.offer(connection.incarnation(), "o-1");
            List<Offer> offers = offers(poll(connection, 2).get(1));
            TaskRequest large =
                    TestCluster.request(POOL, "a").setShell("#".repeat(1_000)).build();

            assertThatThrownBy(() -> connection.decline(offers, Duration.ofDays(1_000)))
                    .isInstanceOf(InvalidRequestException.class);
            int afterAnInvalidCall = connection.offersOut();
            assertThat(connection.launch(offers, List.of(large))).failsWithin(LONG);

            assertThat(afterAnInvalidCall).isEqualTo(1);
            assertThat(connection.offersOut()).isEqualTo(1);
        }
    }

    @Test
    void aSlowTakerIsNotTakenForASilentScheduler() {
        Duration timeout = Duration.ofMillis(300);
        try (FrameworkConnection connection = connect()) {
            scheduler.takeSubscribe(MOMENT, timeout);
            poll(connection, 1);

            // These take longer than the timeout, and nothing is polled meanwhile.
            scheduler.heartbeats(10);
            connection.poll(Duration.ZERO);

            assertThat(connection.isConnected()).isTrue();
        }
    }

    @Test
    void aSchedulerThatIsListenedForInVainIsSilentUntilItIsHeardAgain() {
        try (FrameworkConnection connection = connect()) {
            scheduler.takeSubscribe(MOMENT, Duration.ofMillis(300));
            poll(connection, 1);
            assertThat(connection.isConnected()).isTrue();

            await().atMost(LONG).until(() -> connection.poll(MOMENT).isEmpty() && !connection.isConnected());
            scheduler.heartbeat(connection.incarnation() + 1);
            connection.poll(MOMENT);
            assertThat(connection.isConnected()).isFalse();

            scheduler.heartbeat(connection.incarnation());
            await().atMost(LONG).until(() -> connection.poll(MOMENT).isEmpty() && connection.isConnected());
        }
    }

    @Test
    void closingLosesNoCallAndSaysLastThatItLeaves() {
        int messages = 2_000;
        List<CompletableFuture<?>> calls = new ArrayList<>();
        try (FrameworkConnection connection = connect()) {
            for (int i = 0; i < messages; i++) {
                calls.add(connection.message("agent-" + i, "executor", new byte[] {1}));
            }
        }

        assertThat(calls).allMatch(call -> call.isDone() && !call.isCompletedExceptionally());
        scheduler.next(Subscribe.class);
        for (int i = 0; i < messages; i++) {
            assertThat(scheduler.next(SendMessage.class).getAgentId()).isEqualTo("agent-" + i);
        }
        assertThat(scheduler.calledUntilNow()).containsExactly("FrameworkLeaving");
    }

    @Test
    void afterTheFrameworkWasTornDownNothingIsCalled() {
        FrameworkConnection connection = connect();
        try (connection) {
            scheduler.takeSubscribe(MOMENT, LONG);
            poll(connection, 1);
            connection.tearDown().join();

            assertThat(connection.revive(List.of(), null)).failsWithin(LONG);
        }

        scheduler.next(Teardown.class);
        assertThat(scheduler.calledUntilNow()).isEmpty();
    }

    @Test
    void afterAFatalErrorNothingIsCalledNotEvenThatItLeaves() {
        try (FrameworkConnection connection = new FrameworkConnection(CLUSTER.config, info, new Pace(MOMENT, LONG))) {
            scheduler.takeSubscribe(MOMENT, LONG);
            poll(connection, 1);
            scheduler.skipToHeartbeat();
            scheduler.error(connection.incarnation(), true, "taken over");
            assertThat(((FrameworkError) poll(connection, 1).get(0)).getFatal()).isTrue();

            assertThat(connection.revive(List.of(), null))
                    .failsWithin(LONG)
                    .withThrowableOfType(ExecutionException.class)
                    .withMessageContaining("taken over");
        }

        assertThat(scheduler.calledUntilNow()).isEmpty();
    }

    @Test
    void anErrorThatIsNotFatalChangesNothing() {
        try (FrameworkConnection connection = connect()) {
            scheduler.takeSubscribe();
            scheduler.error(connection.incarnation(), false, "too fast");
            poll(connection, 2);
            connection
                    .decline(List.of(ScriptedScheduler.offer("o-1")), Duration.ofSeconds(7))
                    .join();

            assertThat(scheduler.next(DeclineOffers.class).getRefuseMs()).isEqualTo(7_000);
        }
        scheduler.next(FrameworkLeaving.class);
    }

    private FrameworkConnection connect() {
        return new FrameworkConnection(CLUSTER.config, info);
    }

    private static List<SpecificRecord> poll(FrameworkConnection connection, int count) {
        List<SpecificRecord> events = new ArrayList<>();
        await().atMost(LONG).until(() -> {
            events.addAll(connection.poll(MOMENT));
            return events.size() >= count;
        });
        assertThat(events).hasSize(count);
        return events;
    }

    private static List<Offer> offers(SpecificRecord made) {
        return ((OffersMade) made).getOffers();
    }

    private static List<String> taskIds(List<SpecificRecord> events) {
        return events.stream()
                .filter(TaskStatus.class::isInstance)
                .map(event -> ((TaskStatus) event).getTaskId())
                .toList();
    }
}
