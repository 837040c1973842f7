package dev.millrace.bench.recovery;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of its own, which is killed and never asked to stop. Thread-safe. */
final class ChildProcess implements AutoCloseable {
    private static final long LOOK_EVERY_MS = 50;

    private final Process process;
    private final Path output;

    private ChildProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** Starts a program whose output goes to the end of a file. */
    static ChildProcess start(List<String> command, Path output) throws IOException {
        return new ChildProcess(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                        .start(),
                output);
    }

    /** The words that start a class by this program's Java, with the same options and the same class path. */
    static List<String> java(String mainClass, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(List.of(arguments));
        return command;
    }

    /**
     * Waits for a line that begins so, and returns it.
     *
     * @throws IllegalStateException if the process ends before, or the line does not come in time
     */
    String awaitLine(String beginning, Duration patience) throws IOException, InterruptedException {
        long beganNs = System.nanoTime();
        while (System.nanoTime() - beganNs < patience.toNanos()) {
            boolean alive = process.isAlive();
            for (String line : Files.readAllLines(output)) {
                if (line.startsWith(beginning)) {
                    return line;
                }
            }
            if (!alive) {
                throw new IllegalStateException("the process ended before it said '" + beginning + "'");
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS);
        }
        throw new IllegalStateException(
                "the process did not say '" + beginning + "' within " + patience.toSeconds() + " s");
    }

    /** The processor time that it has taken so far, from its start on. */
    long processorMs() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis();
    }

    /** SIGKILL; returns when it is gone. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
