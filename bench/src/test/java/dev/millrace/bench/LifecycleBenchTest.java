package dev.millrace.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.TopicAdmin;
import dev.millrace.local.TestBroker;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.SchedulerApp;
import dev.millrace.streams.SchedulerConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LifecycleBenchTest {
    private static final LifecycleSettings SETTINGS =
            new LifecycleSettings("default", 5, 50, 10, 20, Duration.ofMillis(10));

    private final Topics topics = new Topics(TestBroker.newPrefix("bench"));
    private final ClusterConfig cluster = new ClusterConfig(TestBroker.bootstrapServers(), topics, Map.of());

    @TempDir
    Path stateDir;

    @BeforeEach
    void makeTopics() {
        try (TopicAdmin admin = new TopicAdmin(cluster)) {
            admin.create(2, 1);
        }
    }

    @Test
    void measuresEveryTaskFromRequestToEnd() throws InterruptedException {
        List<String> progress = new ArrayList<>();
        try (SchedulerApp scheduler = scheduler()) {
            scheduler.start();

            LifecycleResult result = new LifecycleBench(cluster, SETTINGS, progress::add).run();

            assertThat(result.faults()).isEmpty();
            assertThat(result.statuses()).isGreaterThanOrEqualTo(50 * 4);
            assertThat(result.lifecyclesPerSecond()).isPositive();
            assertThat(result.submitToRunning().p50Ms()).isPositive();
            assertThat(result.submitToFinished().maxMs())
                    .isGreaterThanOrEqualTo(result.submitToRunning().p50Ms());
            assertThat(progress).contains("5 simulated agents are registered");
        }
    }

    @Test
    void leavesNoThreadBehindWhenItFails() throws InterruptedException {
        try (SchedulerApp scheduler = scheduler()) {
            scheduler.start();
            LifecycleBench endless = new LifecycleBench(
                    cluster, new LifecycleSettings("default", 1, 100_000, 0, 1, Duration.ofMillis(10)), text -> {
                        if (!text.endsWith("registered")) {
                            throw new IllegalStateException("enough");
                        }
                    });

            assertThatThrownBy(endless::run).hasMessage("enough");

            assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .doesNotContain("bench-submit");
        }
    }

    private SchedulerApp scheduler() {
        return new SchedulerApp(
                SchedulerConfig.of(cluster.bootstrapServers(), topics, stateDir).withThreads(1));
    }
}
