package dev.millrace.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineFaultsTest {
    @TempDir
    private Path directory;

    @Test
    void aSmallDiskTakesNothingWhileItIsFullAndGoesOnWhenItIsNot() throws IOException {
        Optional<SmallDisk> mounted = SmallDisk.mount(directory, 1);
        assumeThat(mounted).as("only root may mount").isPresent();
        SmallDisk disk = mounted.get();
        try {
            disk.fill();
            assertThatThrownBy(() -> Files.writeString(directory.resolve("a"), "more"))
                    .isInstanceOf(IOException.class);

            disk.empty();
            Files.writeString(directory.resolve("b"), "more");

            assertThat(directory.resolve("b")).hasContent("more");
        } finally {
            SmallDisk.unmount(directory);
        }
    }

    @Test
    void aFakeClockIsOffByWhatItWasSetTo() throws IOException {
        assumeThat(FakeClock.isAvailable()).as("libfaketime is installed").isTrue();
        FakeClock clock = new FakeClock(directory.resolve("clock"));

        clock.set(Duration.ofMinutes(-10));

        ProcessBuilder builder = new ProcessBuilder("date", "+%s");
        builder.environment().putAll(clock.environment());
        long seconds = Long.parseLong(
                new String(builder.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
        assertThat(seconds).isCloseTo(Instant.now().getEpochSecond() - 600, Offset.offset(30L));
    }
}
