package dev.millrace.bench.recovery;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.schemas.Topics;
import dev.millrace.streams.Restoration;
import dev.millrace.streams.SchedulerApp;
import dev.millrace.streams.SchedulerConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
                    + done.took().toMillis());
            Thread.currentThread().join();
        }
    }

    /** Runs it, and returns what it has read back in the end. */
    static Restoration run(List<String> java, String bootstrapServers, Topics topics, Path stateDir)
            throws IOException {
        List<String> command = new ArrayList<>(java);
        command.addAll(List.of(RestoreProgram.class.getName(), bootstrapServers, topics.prefix(), stateDir.toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            BufferedReader output = process.inputReader(UTF_8);
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith(RESTORED)) {
                    String[] numbers = line.substring(RESTORED.length()).split(" ", -1);
                    return new Restoration(
                            Long.parseLong(numbers[0]),
                            Long.parseLong(numbers[1]),
                            Duration.ofMillis(Long.parseLong(numbers[2])));
                }
            }
            throw new IllegalStateException("the scheduler's process ended before it had read its state");
        } finally {
            process.destroyForcibly().onExit().join();
        }
    }
}
