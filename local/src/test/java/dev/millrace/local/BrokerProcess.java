package dev.millrace.local;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An embedded broker in a process of its own, so that a test can kill it. */
final class BrokerProcess implements AutoCloseable {

    private static final String READY = "ready on port ";

    private final JavaProcess process;
    private final int port;

    private BrokerProcess(JavaProcess process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts it, and returns when it is ready. */
    static BrokerProcess start(Path dataDir) throws IOException {
        // Without the configuration all is logged.
        List<String> flags =
                List.of("-Xmx256m", "-Dlogback.configurationFile=" + System.getProperty("logback.configurationFile"));
        JavaProcess process = JavaProcess.start(
                new JavaProcess.Program(BrokerProcess.class, flags, List.of(dataDir.toString()), Map.of()),
                Path.of("").toAbsolutePath(),
                Files.createTempFile("broker-", ".out"));
        await().atMost(Duration.ofSeconds(60)).until(() -> readyPort(process).isPresent() || !process.isAlive());
        return new BrokerProcess(
                process,
                readyPort(process)
                        .orElseThrow(() -> new AssertionError(
                                "the broker's process ended before it was ready: " + process.said())));
    }

    private static Optional<Integer> readyPort(JavaProcess process) {
        return process.said()
                .lines()
                .filter(line -> line.startsWith(READY))
                .map(line -> Integer.valueOf(line.substring(READY.length())))
                .findFirst();
    }

    /** What the process runs. */
    public static void main(String[] args) throws InterruptedException {
        EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.in(Path.of(args[0])));
        System.out.println(READY + broker.port());
        Thread.currentThread().join();
    }

    String bootstrapServers() {
        return "localhost:" + port;
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    /** SIGKILL; returns when the process is gone. */
    @Override
    public void close() {
        process.close();
    }
}
