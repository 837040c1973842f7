package dev.millrace.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.PortRange;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostInfoTest {

    @Test
    void findsOutWhatTheMachineIsAndHas(@TempDir Path directory) throws Exception {
        HostInfo host = HostInfo.detect(directory);

        assertThat(host.attributes()).containsKeys("os", "arch", "kernel", "hostname");
        assertThat(host.attributes()).containsEntry("os", "linux");
        assertThat(host.resources().getCpuMillis()).isPositive();
        assertThat(host.resources().getMemMib()).isPositive();
        assertThat(host.resources().getDiskMib()).isPositive();
        assertThat(host.resources().getPorts()).containsExactly(new PortRange(31_000, 32_000));
        assertThat(host.hostname()).isNotBlank();
    }

    @Test
    void keepsATenthOfTheMemoryBackWithinBounds() {
        assertThat(HostInfo.reserveMib(100)).isEqualTo(50);
        assertThat(HostInfo.reserveMib(1_000)).isEqualTo(256);
        assertThat(HostInfo.reserveMib(20_000)).isEqualTo(2_000);
        assertThat(HostInfo.reserveMib(1_000_000)).isEqualTo(4_096);
    }

    @Test
    void makesAnAgentIdOfAnyName() {
        assertThat(HostInfo.asAgentId("web 1.café")).isEqualTo("web-1.caf-");
        assertThat(HostInfo.asAgentId("x".repeat(200))).hasSize(128);
    }
}
