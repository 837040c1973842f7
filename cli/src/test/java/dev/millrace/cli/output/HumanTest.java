package dev.millrace.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.PortRange;
import dev.millrace.contract.Resources;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HumanTest {
    @ParameterizedTest
    @CsvSource({
        "-5,0.00s",
        "0,0.00s",
        "420,0.42s",
        "7349,7.3s",
        "42000,42s",
        "59999,59s",
        "192000,3m12s",
        "18180000,5h03m",
        "187200000,2d4h"
    })
    void writesALengthOfTimeInItsLargestUnits(long millis, String text) {
        assertThat(Human.duration(Duration.ofMillis(millis))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"-5,now", "0,now", "1,1s ago", "59,59s ago", "180,3m ago", "7300,2h ago", "200000,2d ago"})
    void saysHowLongAgoATimeWas(long seconds, String text) {
        var now = Instant.parse("2026-03-01T08:00:00Z");

        assertThat(Human.ago(now.minusSeconds(seconds), now)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0,0", "500,0.5", "2000,2", "1,0.001", "20000,20"})
    void writesThousandths(long milli, String text) {
        assertThat(Human.milli(milli)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"64,64MiB", "1023,1023MiB", "1024,1GiB", "1536,1.5GiB", "24000,23.4GiB"})
    void writesMib(long mib, String text) {
        assertThat(Human.mib(mib)).isEqualTo(text);
    }

    @Test
    void countsPortsAmongResources() {
        var resources = Resources.newBuilder()
                .setCpuMillis(500)
                .setPorts(List.of(new PortRange(80, 80), new PortRange(31_000, 31_010)))
                .build();

        assertThat(Human.resources(resources)).isEqualTo("0.5 cpus, 12 ports");
    }

    @ParameterizedTest
    @CsvSource({"12,12B", "2048,2KiB", "67108864,64MiB"})
    void writesBytes(long bytes, String text) {
        assertThat(Human.bytes(bytes)).isEqualTo(text);
    }
}
