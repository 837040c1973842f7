package dev.millrace.streams;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.contract.TaskRequest;
import dev.millrace.core.Input;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A scheduler instance in a process of its own, which is killed rather than closed. */
final class SchedulerProcess implements AutoCloseable {
    /** The id of a task at whose request the instance stops in the middle of a step, and does nothing more. */
    static final String STUCK = "stuck";

    private final Process process;
    private final Set<String> lines = ConcurrentHashMap.newKeySet();

    private SchedulerProcess(Process process) {
        this.process = process;
        Thread reader = new Thread(() -> process.inputReader(UTF_8).lines().forEach(lines::add), "output-of-scheduler");
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts it, and returns when it runs. */
    static SchedulerProcess start(LiveCluster cluster, Path stateDir, Duration sessionTimeout) throws IOException {
        SchedulerConfig config = cluster.config(stateDir);
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        // Without it all is logged, to a pipe that nobody reads to the end.
                        "-Dlogback.configurationFile=" + System.getProperty("logback.configurationFile"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SchedulerProcess.class.getName(),
                        config.bootstrapServers(),
                        config.topics().prefix(),
                        stateDir.toString(),
                        sessionTimeout.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        SchedulerProcess started = new SchedulerProcess(process);
        started.await("running");
        return started;
    }

    /** What the process runs. */
    public static void main(String[] args) throws InterruptedException {
        SchedulerConfig config = config(args[0], new Topics(args[1]), Path.of(args[2]), Duration.parse(args[3]));
        SchedulerApp app = new SchedulerApp(config, SchedulerProcess::before);
        app.start();
        if (!app.awaitRunning(LiveCluster.PATIENCE)) {
            throw new IllegalStateException("the scheduler does not run");
        }
        System.out.println("running");
        Thread.currentThread().join();
    }

    /** With so long transactions that one is open at nearly any moment, and which the broker does not abort while a test runs. */
    private static SchedulerConfig config(
            String bootstrapServers, Topics topics, Path stateDir, Duration sessionTimeout) {
        return new SchedulerConfig(
                bootstrapServers,
                topics,
                stateDir,
                Optional.empty(),
                1,
                SchedulerConfig.DEFAULT_STANDBYS,
                sessionTimeout,
                Duration.ofMillis(50),
                Duration.ofSeconds(1),
                Set.of(),
                Map.of("producer.transaction.timeout.ms", "600000"));
    }

    private static void before(Input input) {
        if (input.value() instanceof TaskRequest request && request.getTaskId().equals(STUCK)) {
            System.out.println(STUCK);
            try {
                Thread.currentThread().join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Returns when the process has written that line. */
    void await(String line) {
        Schedulers.waiting().until(() -> lines.contains(line) || !process.isAlive());
        if (!lines.contains(line)) {
            throw new AssertionError("the scheduler's process ended before it said " + line);
        }
    }

    /** SIGKILL; returns when the process is gone. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
