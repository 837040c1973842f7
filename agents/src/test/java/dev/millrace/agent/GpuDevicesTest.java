package dev.millrace.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GpuDevicesTest {
    @TempDir
    Path root;

    @Test
    void areNoneOnAMachineWithoutTheDriver() {
        assertThat(GpuDevices.detect(root)).isEqualTo(new GpuDevices(0, null));
    }

    @Test
    void areThoseOfTheDriverWithTheirModel() throws IOException {
        driven("0000:00:04.0", "NVIDIA A100-SXM4-40GB");
        driven("0000:00:05.0", "NVIDIA A100-SXM4-40GB");

        assertThat(GpuDevices.detect(root)).isEqualTo(new GpuDevices(2, "NVIDIA A100-SXM4-40GB"));
    }

    @Test
    void haveNoModelIfTheyAreOfSeveral() throws IOException {
        driven("0000:00:04.0", "Tesla T4");
        driven("0000:00:05.0", "NVIDIA A100-SXM4-40GB");

        assertThat(GpuDevices.detect(root)).isEqualTo(new GpuDevices(2, null));
    }

    @Test
    void areCountedByTheirDeviceFilesIfTheDriverDoesNotListThem() throws IOException {
        Path devices = Files.createDirectories(root.resolve("dev"));
        for (String name : new String[] {"nvidia0", "nvidia1", "nvidia10", "nvidiactl", "nvidia-uvm", "null"}) {
            Files.createFile(devices.resolve(name));
        }

        assertThat(GpuDevices.detect(root)).isEqualTo(new GpuDevices(3, null));
    }

    private void driven(String address, String model) throws IOException {
        Path device = Files.createDirectories(root.resolve("proc/driver/nvidia/gpus/" + address));
        Files.writeString(
                device.resolve("information"),
                "Model: \t\t " + model + "\nIRQ:   \t\t 35\nBus Type: \t PCIe\nDevice Minor: \t 0\n");
    }
}
