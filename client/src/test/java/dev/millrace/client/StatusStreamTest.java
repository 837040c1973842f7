package dev.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StatusStreamTest {
    private static final Duration MOMENT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(30);

    private final TestCluster cluster = TestCluster.with("statuses");

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void fromTheEndComesWhatIsPublishedAfterItWasOpened() {
        cluster.publish(status("before", 1, TaskState.TASK_QUEUED));
        try (StatusStream stream = new StatusStream(cluster.config, "default", Start.end())) {
            cluster.publish(status("after", 1, TaskState.TASK_QUEUED));

            assertThat(poll(stream, 1)).extracting(TaskStatus::getTaskId).containsExactly("after");
        }
    }

    @Test
    void goesOnWhereAnotherStopped() {
        for (int i = 1; i <= 3; i++) {
            cluster.publish(status("a", i, TaskState.TASK_RUNNING));
        }
        long position;
        try (StatusStream stream = new StatusStream(cluster.config, "default", Start.at(1))) {
            assertThat(poll(stream, 2)).extracting(TaskStatus::getSequence).containsExactly(2L, 3L);
            position = stream.position();
        }
        cluster.publish(status("a", 4, TaskState.TASK_FINISHED));

        try (StatusStream stream = new StatusStream(cluster.config, "default", Start.at(position))) {
            assertThat(poll(stream, 1)).extracting(TaskStatus::getSequence).containsExactly(4L);
        }
    }

    @Test
    void leavesOutOtherPoolsAndWhatIsNoRecord() {
        int partition = Topics.partition("default", TestCluster.PARTITIONS);
        cluster.publish(
                Topic.TASK_STATUS,
                partition,
                "x",
                TestCluster.status("neighbour", "x", 1, TaskState.TASK_QUEUED).build());
        cluster.publish(cluster.topics.name(Topic.TASK_STATUS), partition, "x", new byte[] {1, 2, 3});
        cluster.publish(status("mine", 1, TaskState.TASK_QUEUED));

        try (StatusStream stream = new StatusStream(cluster.config, "default", Start.beginning())) {
            assertThat(poll(stream, 1)).extracting(TaskStatus::getTaskId).containsExactly("mine");
            assertThat(stream.leftOut()).isEqualTo(1);
        }
    }

    @Test
    void showsAllPoolsAndSaysWhenAllThatWasThereHasCome() {
        for (String pool : List.of("default", "batch", "gpu")) {
            cluster.publish(
                    TestCluster.status(pool, "t", 1, TaskState.TASK_QUEUED).build());
        }

        try (StatusStream stream = StatusStream.ofAllPools(cluster.config, Start.beginning())) {
            boolean reachedBeforeReading = stream.reachedEnd();
            List<TaskStatus> statuses = poll(stream, 3);

            assertThat(statuses).extracting(TaskStatus::getPool).containsExactlyInAnyOrder("default", "batch", "gpu");
            assertThat(reachedBeforeReading).isFalse();
            assertThat(stream.reachedEnd()).isTrue();
        }
    }

    @Test
    void awaitsTheEndOfEachTaskAndTakesARefusalForOne() {
        try (StatusStream stream = new StatusStream(cluster.config, "default", Start.end())) {
            cluster.publish(status("a", 1, TaskState.TASK_QUEUED));
            cluster.publish(TestCluster.status("default", "a", 2, TaskState.TASK_FAILED)
                    .setAttemptEnded(true)
                    .build());
            cluster.publish(status("b", 0, TaskState.TASK_ERROR));
            cluster.publish(end("a", 3));

            Map<String, TaskStatus> ended = stream.awaitEnd(List.of("a", "b"), LONG);

            assertThat(ended).containsOnlyKeys("a", "b");
            assertThat(ended.get("a").getSequence()).isEqualTo(3);
            assertThat(stream.awaitEnd(List.of("never"), MOMENT)).isEmpty();
        }
    }

    @Test
    void aRefusalOfARepeatedRequestDoesNotEndTheTask() {
        try (StatusStream stream = new StatusStream(cluster.config, "default", Start.end())) {
            cluster.publish(status("a", 1, TaskState.TASK_QUEUED));
            cluster.publish(duplicate("a"));
            cluster.publish(end("a", 2));
            cluster.publish(duplicate("submitted before"));
            cluster.publish(end("submitted before", 7));

            Map<String, TaskStatus> ended = stream.awaitEnd(List.of("a", "submitted before"), LONG);

            assertThat(ended.get("a").getSequence()).isEqualTo(2);
            assertThat(ended.get("submitted before").getSequence()).isEqualTo(7);
        }
    }

    @Test
    void anAnswerToALaterRequestDoesNotEndTheTask() {
        try (StatusStream stream = new StatusStream(cluster.config, "default", Start.end())) {
            cluster.publish(status("a", 1, TaskState.TASK_QUEUED));
            cluster.publish(status("a", 0, TaskState.TASK_ERROR));
            cluster.publish(end("a", 2));

            assertThat(stream.awaitEnd(List.of("a"), LONG).get("a").getSequence())
                    .isEqualTo(2);
        }
    }

    @Test
    void aPositionBeyondTheEndIsRefused() {
        cluster.publish(status("a", 1, TaskState.TASK_QUEUED));

        assertThatThrownBy(() -> new StatusStream(cluster.config, "default", Start.at(2)))
                .isInstanceOf(ClusterException.class)
                .hasMessageContainingAll("position 2", "it ends at 1", "made anew");
        try (StatusStream stream = new StatusStream(cluster.config, "default", Start.at(1))) {
            assertThat(stream.position()).isEqualTo(1);
        }
    }

    @Test
    void whatCameBeforeAFailureIsNotLost() throws Exception {
        // So long at least, since it is a limit on opening the stream, too.
        ClusterConfig impatient = new ClusterConfig(
                cluster.config.bootstrapServers(), cluster.topics, Map.of("default.api.timeout.ms", 5_000));
        int partition = Topics.partition("default", TestCluster.PARTITIONS);
        byte[] ofAnUnknownSchema = new RecordCodec().encode(status("b", 1, TaskState.TASK_QUEUED));
        ofAnUnknownSchema[5] ^= 1;
        try (StatusStream stream = new StatusStream(impatient, "default", Start.end());
                Admin kafka = Admin.create(cluster.config.adminProperties())) {
            String schemas = cluster.topics.name(Topic.SCHEMAS);
            kafka.deleteTopics(List.of(schemas)).all().get();
            await().atMost(LONG).until(() -> !kafka.listTopics().names().get().contains(schemas));
            cluster.publish(status("a", 1, TaskState.TASK_QUEUED));
            cluster.publish(cluster.topics.name(Topic.TASK_STATUS), partition, "b", ofAnUnknownSchema);
            cluster.publish(status("c", 1, TaskState.TASK_QUEUED));

            List<TaskStatus> before = poll(stream, 1);
            assertThatThrownBy(() -> stream.poll(LONG)).isInstanceOf(KafkaException.class);
            boolean reachedEnd = stream.reachedEnd();
            long position = stream.position();
            try (TopicAdmin admin = new TopicAdmin(cluster.config)) {
                admin.create(TestCluster.PARTITIONS, 1);
            }
            List<TaskStatus> after = new ArrayList<>();
            await().atMost(LONG).ignoreExceptions().until(() -> after.addAll(stream.poll(MOMENT)));

            assertThat(before).extracting(TaskStatus::getTaskId).containsExactly("a");
            assertThat(position).isEqualTo(1);
            assertThat(reachedEnd).isFalse();
            assertThat(after).extracting(TaskStatus::getTaskId).containsExactly("c");
            assertThat(stream.leftOut()).isEqualTo(1);
        }
    }

    @Test
    void anErrorOfTheTakerIsNoSecret() {
        try (MillraceClient client = new MillraceClient(cluster.config);
                StatusFollower follower = client.follow("default", Start.end(), status -> {
                    throw new AssertionError("enough");
                })) {
            cluster.publish(status("a", 1, TaskState.TASK_QUEUED));

            await().atMost(LONG).until(() -> follower.failure().isPresent());
            assertThat(follower.failure().orElseThrow()).isInstanceOf(AssertionError.class);
        }
    }

    @Test
    void followsOnAThreadOfItsOwnUntilItIsClosed() {
        List<Long> seen = Collections.synchronizedList(new ArrayList<>());
        try (MillraceClient client = new MillraceClient(cluster.config)) {
            StatusFollower follower = client.follow("default", Start.end(), status -> seen.add(status.getSequence()));
            cluster.publish(status("a", 1, TaskState.TASK_QUEUED));
            cluster.publish(status("a", 2, TaskState.TASK_RUNNING));
            await().atMost(LONG).until(() -> seen.equals(List.of(1L, 2L)));

            follower.close();
            cluster.publish(status("a", 3, TaskState.TASK_RUNNING));

            assertThat(follower.failure()).isEmpty();
            assertThat(seen).containsExactly(1L, 2L);
        }
    }

    @Test
    void aTakerThatThrowsStopsTheFollower() {
        try (MillraceClient client = new MillraceClient(cluster.config);
                StatusFollower follower = client.follow("default", Start.end(), status -> {
                    throw new IllegalStateException("enough");
                })) {
            cluster.publish(status("a", 1, TaskState.TASK_QUEUED));

            await().atMost(LONG).until(() -> follower.failure().isPresent());
            assertThat(follower.failure().orElseThrow()).hasMessage("enough");
        }
    }

    private static TaskStatus status(String taskId, long sequence, TaskState state) {
        return TestCluster.status("default", taskId, sequence, state).build();
    }

    private static TaskStatus duplicate(String taskId) {
        return TestCluster.status("default", taskId, 0, TaskState.TASK_ERROR)
                .setReason(Reason.REASON_DUPLICATE_TASK_ID)
                .build();
    }

    private static TaskStatus end(String taskId, long sequence) {
        return TestCluster.status("default", taskId, sequence, TaskState.TASK_FINISHED)
                .setAttemptEnded(true)
                .setTaskEnded(true)
                .build();
    }

    private static List<TaskStatus> poll(StatusStream stream, int count) {
        List<TaskStatus> statuses = new ArrayList<>();
        await().atMost(LONG).until(() -> {
            statuses.addAll(stream.poll(MOMENT));
            return statuses.size() >= count;
        });
        return statuses;
    }
}
