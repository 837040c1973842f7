package dev.millrace.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.local.JavaProcess.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class JavaProcessTest {
    @TempDir
    private Path directory;

    /** A program that waits for a signal. */
    static final class Waits {
        private Waits() {}

        public static void main(String[] args) throws InterruptedException {
            new CountDownLatch(1).await();
        }
    }

    @Test
    void saysThatASignalCouldNotBeSentToAProcessThatHasEnded() throws Exception {
        Program program = new Program(Waits.class, List.of("-Xmx32m"), List.of(), Map.of());
        try (JavaProcess process = JavaProcess.start(program, directory, directory.resolve("log"))) {
            process.signal("KILL");
            process.ended().get(30, TimeUnit.SECONDS);

            assertThat(process.isAlive()).isFalse();
            assertThatThrownBy(() -> process.signal("STOP"))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("kill -STOP");
        }
    }
}
