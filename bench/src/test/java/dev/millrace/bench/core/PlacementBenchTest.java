package dev.millrace.bench.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.PlacementPolicy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class PlacementBenchTest {
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "PLACEMENT_UNKNOWN")
    void countsWhatEachPolicyPlaces(PlacementPolicy policy) {
        PlacementResult result = new PlacementBench(new PlacementSettings(100, 3, 2, policy, 1, 2)).run();

        // Of 1,000 tasks a round, those of the first step are not measured.
        assertThat(result.placements()).isBetween(2L, 2_000L);
        assertThat(result.placementsPerSecond()).isPositive();
        assertThat(result.bytesPerPlacement()).isPositive();
        assertThatThrownBy(() -> new PlacementSettings(100, 0, 2, policy, 1, 2)).hasMessageContaining("roles");
    }
}
