package dev.millrace.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.chaos.check.Finding;
import dev.millrace.chaos.check.Finding.Kind;
import dev.millrace.local.JavaProcess.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class DaemonTest {
    private static final String READY = "ready";
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    private Daemon daemon;

    /** A program that ends when it is told to, or never. */
    static final class Slow {
        private Slow() {}

        public static void main(String[] args) throws InterruptedException {
            if (args[0].equals("never")) {
                Runtime.getRuntime().addShutdownHook(new Thread(Slow::block));
            }
            System.out.println(READY);
            new CountDownLatch(1).await();
        }

        private static void block() {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @BeforeEach
    void make() {
        daemon = daemon("at once", LONG);
    }

    @AfterEach
    void close() {
        daemon.close();
    }

    @Test
    void endsWhenItIsToldTo() throws Exception {
        start();

        daemon.stop();

        assertThat(daemon.findings()).isEmpty();
        daemon.start();
    }

    @Test
    void isKilledIfItDoesNotEndAndThatIsAFinding() throws Exception {
        daemon = daemon("never", Duration.ofMillis(200));
        start();

        daemon.stop();

        assertThat(daemon.findings()).extracting(Finding::kind).containsExactly(Kind.NOT_STOPPED);
        daemon.start();
    }

    private void start() throws IOException, InterruptedException {
        daemon.start();
        assertThat(daemon.awaitSaid(READY, LONG)).isTrue();
    }

    private Daemon daemon(String ends, Duration stopLimit) {
        Program program = new Program(Slow.class, List.of("-Xmx32m"), List.of(ends), Map.of());
        return new Daemon("slow", program, directory, new ProcessLedger(directory), stopLimit);
    }
}
