package dev.millrace.bench.recovery;

import dev.millrace.schemas.Topics;
import dev.millrace.streams.Restoration;
import dev.millrace.streams.SchedulerApp;
import dev.millrace.streams.SchedulerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A scheduler in a process of its own, which is killed as soon as it has read its state back: as after a failure, the JVM has compiled nothing yet. */
final class RestoreProgram {
    private static final String RESTORED = "restored ";
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private RestoreProgram() {}

    /** What the process runs. */
    public static void main(String[] args) throws InterruptedException {
        SchedulerConfig config = SchedulerConfig.of(args[0], new Topics(args[1]), Path.of(args[2]));
        try (SchedulerApp app = new SchedulerApp(config)) {
            app.start();
            if (!app.awaitRunning(PATIENCE)) {
                throw new IllegalStateException("the scheduler does not run");
            }
            Restoration done = app.restoration(0).orElseThrow();
            System.out.println(RESTORED
                    + done.read()
                    + ' '
                    + done.stored()
                    + ' '
                    + done.took().toMillis()
                    + ' '
                    + processorMs());
            Thread.currentThread().join();
        }
    }

    private static long processorMs() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .orElse(Duration.ZERO)
                .toMillis();
    }

    /**
     * What it came to.
     *
     * @param restoration what was read back
     * @param processorMs the processor time of the process from its start on, the start of the JVM included
     */
    record Run(Restoration restoration, long processorMs) {}

    /** Runs it, and returns when it has read its state back. */
    static Run run(String bootstrapServers, Topics topics, Path stateDir) throws IOException, InterruptedException {
        List<String> command = ChildProcess.java(
                RestoreProgram.class.getName(), bootstrapServers, topics.prefix(), stateDir.toString());
        try (ChildProcess process =
                ChildProcess.start(command, stateDir.resolveSibling(stateDir.getFileName() + ".out"))) {
            String[] numbers = process.awaitLine(RESTORED, PATIENCE)
                    .substring(RESTORED.length())
                    .split(" ", -1);
            Restoration restoration = new Restoration(
                    Long.parseLong(numbers[0]),
                    Long.parseLong(numbers[1]),
                    Duration.ofMillis(Long.parseLong(numbers[2])));
            return new Run(restoration, Long.parseLong(numbers[3]));
        }
    }
}
