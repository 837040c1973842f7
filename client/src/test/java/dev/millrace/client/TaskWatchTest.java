package dev.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TaskWatchTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final TestCluster cluster = TestCluster.with("watches");
    private final MillraceClient client = new MillraceClient(cluster.config);

    @AfterEach
    void close() {
        client.close();
        cluster.close();
    }

    @Test
    void givesTheStatusesOfOneTaskUpToItsEnd() {
        cluster.publish(status("a", 7, TaskState.TASK_RUNNING).build());
        List<TaskStatus> seen = Collections.synchronizedList(new ArrayList<>());
        try (TaskWatch watch = client.watch("default", "a", seen::add)) {
            cluster.publish(status("a", 8, TaskState.TASK_RUNNING).build());
            cluster.publish(status("b", 1, TaskState.TASK_QUEUED).build());
            cluster.publish(end("b", 2));
            cluster.publish(end("a", 9));

            assertThat(watch.end()).succeedsWithin(LONG);
            assertThat(seen).extracting(TaskStatus::getSequence).containsExactly(8L, 9L);
            assertThat(watch.end().join().getState()).isEqualTo(TaskState.TASK_FINISHED);
            assertThat(watch.last()).contains(watch.end().join());
        }
    }

    @Test
    void takesARefusalForTheEndUnlessItIsThatTheIdIsTaken() {
        try (TaskWatch taken = client.watch("default", "taken");
                TaskWatch dropped = client.watch("default", "dropped")) {
            cluster.publish(status("taken", 0, TaskState.TASK_ERROR)
                    .setReason(Reason.REASON_DUPLICATE_TASK_ID)
                    .build());
            cluster.publish(status("dropped", 0, TaskState.TASK_DROPPED)
                    .setReason(Reason.REASON_INVALID_OFFERS)
                    .build());

            assertThat(dropped.end()).succeedsWithin(LONG);
            await().atMost(LONG).until(() -> taken.last().isPresent());
            assertThat(taken.end()).isNotDone();
            cluster.publish(end("taken", 5));
            assertThat(taken.end()).succeedsWithin(LONG);
        }
    }

    @Test
    void failsIfItsTakerDoes() {
        try (TaskWatch watch = client.watch("default", "a", status -> {
            throw new IllegalStateException("enough");
        })) {
            cluster.publish(end("a", 1));

            assertThat(watch.end()).failsWithin(LONG).withThrowableThat().withMessageContaining("enough");
        }
    }

    @Test
    void isCancelledWhenItIsClosedBeforeTheEnd() {
        CompletableFuture<TaskStatus> end;
        try (TaskWatch watch = client.watch("default", "a")) {
            end = watch.end();
        }

        assertThat(end).isCompletedExceptionally();
    }

    private static TaskStatus.Builder status(String taskId, long sequence, TaskState state) {
        return TestCluster.status("default", taskId, sequence, state);
    }

    private static TaskStatus end(String taskId, long sequence) {
        return status(taskId, sequence, TaskState.TASK_FINISHED)
                .setAttemptEnded(true)
                .setTaskEnded(true)
                .build();
    }
}
