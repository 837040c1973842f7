package dev.millrace.cli.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantitiesTest {
    private static final Instant NOW = Instant.parse("2026-03-01T08:00:00Z");

    @ParameterizedTest
    @CsvSource({"2,2000", "0.5,500", "500m,500", "0,0", "0.001,1", "1.500,1500", "1.5000000,1500", "12,12000"})
    void readsAmountsInThousandths(String text, long milli) {
        assertThat(Quantities.milli(text)).isEqualTo(milli);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "x", "-1", "+1", "1e3", ".5", "5.", "0.5m", "m", "1 ", "0.0001", "9999999999999", "0x10", "٣"
            })
    void refusesWhatIsNoAmount(String text) {
        assertThatThrownBy(() -> Quantities.milli(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @ParameterizedTest
    @CsvSource({
        "64MiB,64",
        "1GiB,1024",
        "512M,512",
        "1.5G,1536",
        "1K,1",
        "1025KiB,2",
        "0MiB,0",
        "2TiB,2097152",
        "0.1GiB,103"
    })
    void readsSizesInMibRoundedUp(String text, long mib) {
        assertThat(Quantities.mib(text)).isEqualTo(mib);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "MiB", "64MB", "64 MiB", "-1MiB", "64mib", "64Q", "9999999999999TiB"})
    void refusesWhatIsNoSize(String text) {
        assertThatThrownBy(() -> Quantities.mib(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"0,0", "500ms,500", "1s,1000", "1.5s,1500", "5m,300000", "1h30m,5400000", "2d,172800000", "0s,0"})
    void readsDurationsInMs(String text, long millis) {
        assertThat(Quantities.millis(text)).isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "5", "1x", "-1s", "1..5s", "1.s", "0.0001s", "s5", "1s ", "9999999999999d"})
    void refusesWhatIsNoDuration(String text) {
        assertThatThrownBy(() -> Quantities.millis(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-01T09:00:00Z,2026-03-01T09:00:00Z",
        "2026-03-01T09:00+01:00,2026-03-01T08:00:00Z",
        "+10m,2026-03-01T08:10:00Z"
    })
    void readsTimes(String text, Instant time) {
        assertThat(Quantities.time(text, NOW)).isEqualTo(time);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tomorrow", "2026-03-01", "2026-03-01T08:00:00", "+", "+5"})
    void refusesWhatIsNoTime(String text) {
        assertThatThrownBy(() -> Quantities.time(text, NOW)).isInstanceOf(IllegalArgumentException.class);
    }
}
