package dev.millrace.bench.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Small measurements with real processes. How fast they were says nothing here. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RecoveryBenchTest {
    private static final Topics TOPICS = new Topics(Topics.DEFAULT_PREFIX);

    @TempDir
    Path directory;

    @Test
    void readsBackWhatWaitsWhateverHasComeAndGone() throws Exception {
        RestoreSettings settings = new RestoreSettings(1_000, 3_000, 1, Duration.ZERO);

        List<RestoreResult> results;
        try (RestoreBench bench = new RestoreBench(directory, TOPICS, settings, text -> {})) {
            results = bench.run();
        }

        assertThat(results).extracting(RestoreResult::lifecycles).containsExactly(0, 3_000, 3_000);
        // A request and a task each, the agents, and some records of which there is one.
        assertThat(results.get(0).stored()).isBetween(2_100L, 2_110L);
        // A thousand tasks that have ended are remembered, and nothing of those before them.
        assertThat(results.get(1).stored()).isBetween(4_100L, 4_120L);
        assertThat(results.get(1).read()).isGreaterThan(results.get(1).stored());
    }

    @Test
    void replaysFromTheBrokerWhatItReplaysInMemory() throws Exception {
        try (ReplayBench bench = new ReplayBench(directory, TOPICS, new ReplaySettings(5_000, 2), text -> {})) {
            ReplayBenchResult result = bench.run();

            assertThat(result.inputs()).isBetween(4_900L, 5_100L);
            assertThat(result.inMemoryMs()).hasSize(2);
            assertThat(result.fromKafkaMs())
                    .hasSize(2)
                    .allSatisfy(ms -> assertThat(ms).isPositive());
        }
    }
}
