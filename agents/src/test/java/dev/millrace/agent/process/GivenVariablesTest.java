package dev.millrace.agent.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GivenVariablesTest {

    @Test
    void namePortsTogetherAndOneByOne() {
        LaunchTask launch = launch(0, List.of(new PortRange(80, 80)), List.of(31_000, 31_001), List.of());

        assertThat(GivenVariables.of(launch, false))
                .isEqualTo(Map.of(
                        "MILLRACE_PORTS", "31000,31001,80",
                        "MILLRACE_PORT0", "31000",
                        "MILLRACE_PORT1", "31001",
                        "MILLRACE_PORT2", "80"));
    }

    @Test
    void nameDevicesForMillraceAndForTheirDriver() {
        LaunchTask launch = launch(2_000, List.of(), List.of(), List.of(0, 2));

        assertThat(GivenVariables.of(launch, true))
                .isEqualTo(Map.of(
                        "MILLRACE_GPUS", "0,2",
                        "MILLRACE_GPU_MILLIS", "2000",
                        "CUDA_DEVICE_ORDER", "PCI_BUS_ID",
                        "CUDA_VISIBLE_DEVICES", "0,2",
                        "NVIDIA_VISIBLE_DEVICES", "0,2"));
    }

    @Test
    void nameTheDeviceOfWhichATaskHasAFraction() {
        LaunchTask launch = launch(250, List.of(), List.of(), List.of(3));

        assertThat(GivenVariables.of(launch, true))
                .containsEntry("MILLRACE_GPUS", "3")
                .containsEntry("MILLRACE_GPU_MILLIS", "250");
    }

    @Test
    void hideDevicesFromATaskThatHasNoneWhereThereAreSome() {
        LaunchTask launch = launch(0, List.of(), List.of(), List.of());

        assertThat(GivenVariables.of(launch, true))
                .isEqualTo(Map.of("CUDA_VISIBLE_DEVICES", "", "NVIDIA_VISIBLE_DEVICES", "void"));
        assertThat(GivenVariables.of(launch, false)).isEmpty();
    }

    @Test
    void nameAllGivenPortsHoweverManyTheTaskNamesItself() {
        LaunchTask launch = launch(0, List.of(new PortRange(1, 30_000)), List.of(31_000), List.of());

        Map<String, String> variables = GivenVariables.of(launch, false);

        assertThat(variables).hasSize(GivenVariables.MAX_PORTS + 1);
        assertThat(variables).containsEntry("MILLRACE_PORT0", "31000").containsEntry("MILLRACE_PORT999", "999");
    }

    private static LaunchTask launch(long gpuMillis, List<PortRange> own, List<Integer> given, List<Integer> devices) {
        Resources needs = Resources.newBuilder()
                .setCpuMillis(100)
                .setGpuMillis(gpuMillis)
                .setPorts(own)
                .build();
        return LaunchTask.newBuilder(
                        RunnerFixture.launch(RunnerFixture.request("t").setResources(needs)))
                .setPorts(given)
                .setGpuDevices(devices)
                .build();
    }
}
