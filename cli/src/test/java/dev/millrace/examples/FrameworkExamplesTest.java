package dev.millrace.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.cli.up.TemporaryCluster;
import dev.millrace.client.ReadModel;
import dev.millrace.client.TaskFilter;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The examples of programs that place their own tasks, on one cluster with real processes behind it. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class FrameworkExamplesTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private static TemporaryCluster cluster;
    private static String bootstrapServers = "";

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        cluster = TemporaryCluster.start(new Topics(Topics.DEFAULT_PREFIX), 2, line -> {});
        bootstrapServers = cluster.config().bootstrapServers();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void launchesTasksOnWhatIsOfferedAndIsOverAfterTheLast() throws InterruptedException {
        boolean allFinished = LaunchTasks.run(bootstrapServers, 5, "true");

        assertThat(allFinished).isTrue();
        try (ReadModel model = ReadModel.of(cluster.config(), "default")) {
            await().atMost(LONG).until(() -> {
                model.refresh(LONG);
                return model.frameworks("default").isEmpty();
            });
            assertThat(model.tasks(TaskFilter.all().withIdPrefix("launch-").inStates(Set.of(TaskState.TASK_FINISHED))))
                    .hasSize(5);
        }
    }

    @Test
    void doesNotCallATaskFinishedThatFailed() throws InterruptedException {
        assertThat(LaunchTasks.run(bootstrapServers, 2, "exit 1")).isFalse();
    }
}
