package dev.millrace.cli.up;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import java.util.List;
import org.junit.jupiter.api.Test;

class LocalMachineTest {
    private final LocalMachine machine = new LocalMachine(resources(2_000, 9_000));

    @Test
    void isSharedByAsManyAgentsAsUsualIfTheTasksAreSmall() {
        assertThat(machine.agentsFor(List.of(resources(600, 3_000)), 3)).isEqualTo(3);
    }

    @Test
    void isSharedByFewerAgentsIfThatMakesRoomForTheLargestTask() {
        assertThat(machine.agentsFor(List.of(resources(100, 1), resources(1_000, 1)), 3))
                .isEqualTo(2);
        assertThat(machine.agentsFor(List.of(resources(100, 5_000)), 3)).isEqualTo(1);
        assertThat(machine.agentsFor(List.of(resources(2_000, 9_000)), 3)).isEqualTo(1);
    }

    @Test
    void saysWhatItLacksForATaskThatIsTooLarge() {
        var need = Resources.newBuilder(resources(8_000, 10_240))
                .setGpuMillis(1_000L)
                .setScalars(List.of(new ScalarQuantity("tapes", 500L)))
                .build();

        assertThat(machine.lacking(need))
                .containsExactly("8 cpus of 2", "10GiB memory of 8.7GiB", "1 gpus of 0", "0.5 tapes of 0");
        assertThat(machine.lacking(resources(2_000, 9_000))).isEmpty();
    }

    @Test
    void hasRoomForASmallTaskHoweverSmallItIs() {
        assertThat(new LocalMachine(resources(250, 512)).lacking(resources(500, 100)))
                .isEmpty();
    }

    private static Resources resources(long cpuMillis, long memMib) {
        return Resources.newBuilder().setCpuMillis(cpuMillis).setMemMib(memMib).build();
    }
}
