package dev.millrace.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.chaos.FaultKind.Lane;
import dev.millrace.chaos.check.Finding;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FaultPlanTest {
    private static final Map<FaultKind, Integer> COUNTS = counts();

    @Test
    void followsFromItsSeed() {
        assertThat(FaultPlan.draw(7, COUNTS))
                .isEqualTo(FaultPlan.draw(7, COUNTS))
                .isNotEqualTo(FaultPlan.draw(8, COUNTS));
    }

    @Test
    void hasAsManyOfEachKindAsWereAskedForEachInItsLane() {
        Map<FaultKind, Integer> found = new EnumMap<>(FaultKind.class);

        for (Map.Entry<Lane, List<Fault>> lane :
                FaultPlan.draw(7, COUNTS).lanes().entrySet()) {
            for (Fault fault : lane.getValue()) {
                assertThat(fault.kind().lane()).isEqualTo(lane.getKey());
                found.merge(fault.kind(), 1, Integer::sum);
            }
        }

        assertThat(found).isEqualTo(COUNTS);
    }

    @Test
    void findsKindsOfWhichNotAllWereDone() {
        Map<FaultKind, Integer> done = new EnumMap<>(COUNTS);
        done.remove(FaultKind.SCHEDULER_KILL);
        done.merge(FaultKind.POISON, -1, Integer::sum);

        assertThat(FaultPlan.draw(7, COUNTS).findings(COUNTS)).isEmpty();
        assertThat(FaultPlan.draw(7, COUNTS).findings(done))
                .extracting(Finding::toString)
                .containsExactly("NOT_DONE: 0 of 1 × scheduler kill", "NOT_DONE: 15 of 16 × poison");
    }

    private static Map<FaultKind, Integer> counts() {
        Map<FaultKind, Integer> counts = new EnumMap<>(FaultKind.class);
        for (FaultKind kind : FaultKind.values()) {
            counts.put(kind, 1 + kind.ordinal());
        }
        return counts;
    }
}
