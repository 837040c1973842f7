package dev.millrace.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ProcessLedgerTest {
    @TempDir
    private Path directory;

    @Test
    void endsWhatARunHasLeft() throws Exception {
        Process left = new ProcessBuilder("sleep", "600").start();
        new ProcessLedger(directory).started("left", left.pid());

        assertThat(ProcessLedger.clean(directory)).isEqualTo(1);

        assertThat(left.waitFor()).isEqualTo(137);
        assertThat(ProcessLedger.clean(directory)).isZero();
    }

    @Test
    void sparesAProcessThatOnlyHasTheNumberOfOne() throws Exception {
        Process other = new ProcessBuilder("sleep", "600").start();
        try {
            Files.writeString(
                    directory.resolve("started"),
                    "process " + other.pid() + " 1 left\n",
                    StandardOpenOption.CREATE_NEW);

            assertThat(ProcessLedger.clean(directory)).isZero();
            assertThat(other.isAlive()).isTrue();
        } finally {
            other.destroyForcibly().onExit().join();
        }
    }
}
