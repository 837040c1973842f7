package dev.millrace.cli.up;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import dev.millrace.contract.ScalarQuantity;
import java.util.List;
import java.util.stream.IntStream;
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
    void sharesItsPortsOutAndGivesAllGpusToTheFirstAgent() {
        var whole = new LocalMachine(Resources.newBuilder(resources(2_000, 9_000))
                .setPorts(List.of(new PortRange(80, 81), new PortRange(31_000, 31_007)))
                .setGpuMillis(2_000L)
                .build());

        var shares = IntStream.rangeClosed(1, 3)
                .mapToObj(number -> whole.share(number, 3).resources(resources(1, 1)))
                .toList();

        assertThat(shares)
                .extracting(Resources::getPorts)
                .containsExactly(
                        List.of(new PortRange(80, 81), new PortRange(31_000, 31_000)),
                        List.of(new PortRange(31_001, 31_003)),
                        List.of(new PortRange(31_004, 31_007)));
        assertThat(shares).extracting(Resources::getGpuMillis).containsExactly(2_000L, 0L, 0L);
    }

    @Test
    void isSharedByFewerAgentsIfOneTaskNamesPortsFarApart() {
        var whole = new LocalMachine(withPorts(resources(2_000, 9_000), new PortRange(31_000, 32_000)));
        var near = withPorts(resources(1, 1), new PortRange(31_000, 31_001));
        var far = withPorts(resources(1, 1), new PortRange(31_000, 31_000), new PortRange(32_000, 32_000));

        assertThat(whole.agentsFor(List.of(near), 3)).isEqualTo(3);
        assertThat(whole.agentsFor(List.of(near, far), 3)).isEqualTo(1);
    }

    @Test
    void saysWhichPortsItLacks() {
        var some = new LocalMachine(withPorts(resources(2_000, 9_000), new PortRange(31_000, 32_000)));
        var need = withPorts(resources(1, 1), new PortRange(8_080, 8_080), new PortRange(31_000, 31_001));

        assertThat(some.lacking(need)).containsExactly("port 8080 of 31000-32000");
        assertThat(machine.lacking(need)).containsExactly("port 8080 of none", "port 31000-31001 of none");
    }

    private static Resources withPorts(Resources resources, PortRange... ports) {
        return Resources.newBuilder(resources).setPorts(List.of(ports)).build();
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
