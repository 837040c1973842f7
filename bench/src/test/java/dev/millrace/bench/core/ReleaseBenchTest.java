package dev.millrace.bench.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReleaseBenchTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void placesAllThatWaitWhateverReleasesThem(int shapes) {
        List<ReleaseResult> results = new ReleaseBench(2_000, 10, shapes, 1, 2).run();

        assertThat(results).extracting(ReleaseResult::what).containsExactly("tick", "limit", "agent");
        // An agent may have a thousand tasks.
        assertThat(results).extracting(ReleaseResult::tasks).containsExactly(2_000, 2_000, 1_000);
        assertThat(results).allSatisfy(result -> {
            assertThat(result.steps()).isGreaterThanOrEqualTo(2L * result.tasks() / 500);
            assertThat(result.maxMicros()).isGreaterThanOrEqualTo(result.p50Micros());
        });
    }
}
