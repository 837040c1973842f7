package dev.millrace.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class OccupiedTest {

    @Test
    void hasThePortsOfBothKindsInAsFewRangesAsTheyMake() {
        LaunchTask launch = launch(
                List.of(new PortRange(80, 80), new PortRange(31_002, 31_003), new PortRange(31_010, 31_020)),
                List.of(31_000, 31_001, 31_005, 31_012, 31_021, 65_535));

        assertThat(Occupied.resources(launch).getPorts())
                .containsExactly(
                        new PortRange(80, 80),
                        new PortRange(31_000, 31_003),
                        new PortRange(31_005, 31_005),
                        new PortRange(31_010, 31_021),
                        new PortRange(65_535, 65_535));
    }

    @Test
    void isWhatTheRequestAsksForWhereNoPortWasGiven() {
        LaunchTask launch = launch(List.of(new PortRange(80, 81)), List.of());

        assertThat(Occupied.resources(launch)).isEqualTo(launch.getRequest().getResources());
    }

    @Test
    void namesTheGivenPortsBeforeTheOthersAndNoneTwice() {
        LaunchTask launch =
                launch(List.of(new PortRange(80, 81), new PortRange(31_000, 31_001)), List.of(31_001, 31_007));

        assertThat(Occupied.ports(launch, 10)).containsExactly(31_001, 31_007, 80, 81, 31_000);
        assertThat(Occupied.ports(launch, 3)).containsExactly(31_001, 31_007, 80);
    }

    private static LaunchTask launch(List<PortRange> own, List<Integer> given) {
        TaskRequest request = TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId("t")
                .setResources(
                        Resources.newBuilder().setCpuMillis(100).setPorts(own).build())
                .build();
        return new LaunchTask("a", 7L, 1, given, List.of(), Instant.EPOCH, request, "");
    }
}
