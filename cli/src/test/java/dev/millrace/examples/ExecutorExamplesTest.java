package dev.millrace.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.millrace.cli.up.TemporaryCluster;
import dev.millrace.client.ReadModel;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The examples whose tasks are run by executors of their own, on one cluster with real processes behind it. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ExecutorExamplesTest {
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
    void oneProcessRunsAllTasksAndEndsWithTheFramework() throws InterruptedException {
        List<String> greetings = RunInExecutor.run(bootstrapServers, List.of("Ada", "Grace", "Mary"));

        assertThat(greetings)
                .containsExactlyInAnyOrder(
                        "Hello Ada, you are number 1", "Hello Grace, you are number 2", "Hello Mary, you are number 3");
        // A framework is known until its last executor has ended.
        try (ReadModel model = ReadModel.of(cluster.config(), "default")) {
            await().atMost(LONG).until(() -> {
                model.refresh(LONG);
                return model.frameworks("default").isEmpty();
            });
        }
    }

    @Test
    void addsUpPiInManyTasks() throws InterruptedException {
        long terms = 4_000_000;

        double pi = ComputePi.run(bootstrapServers, terms, 12).orElseThrow();

        // What an alternating series lacks is less than the first term that is left out.
        assertThat(pi).isCloseTo(Math.PI, within(4.0 / (2 * terms + 1)));
    }
}
