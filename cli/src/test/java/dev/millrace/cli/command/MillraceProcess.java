package dev.millrace.cli.command;

import static org.awaitility.Awaitility.await;

import dev.millrace.cli.MillraceMain;
import dev.millrace.local.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** {@code millrace}, or another program, in a process of its own, for what can't be typed in this one: daemons, and what is to be killed. */
final class MillraceProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final JavaProcess process;

    private MillraceProcess(JavaProcess process) {
        this.process = process;
    }

    /** Types a command line in that directory, which must exist and holds all that the process leaves: its home and temporary files too. */
    static MillraceProcess start(Path directory, String... arguments) throws IOException {
        return start(directory, MillraceMain.class, arguments[0], arguments);
    }

    /** Like the other, for another program of these tests. */
    static MillraceProcess startProgram(Path directory, Class<?> program, String... arguments) throws IOException {
        return start(directory, program, program.getSimpleName(), arguments);
    }

    private static MillraceProcess start(Path directory, Class<?> program, String name, String... arguments)
            throws IOException {
        var flags = List.of("-Xmx512m", "-Djava.io.tmpdir=" + Files.createDirectories(temporary(directory)));
        var environment = Map.of("MILLRACE_HOME", home(directory).toString());
        var output = Files.createTempFile(directory, name + "-", ".out");
        return new MillraceProcess(JavaProcess.start(
                new JavaProcess.Program(program, flags, List.of(arguments), environment), directory, output));
    }

    /** The local cluster's data directory of the processes that were started in that one. */
    static Path home(Path directory) {
        return directory.resolve("home");
    }

    /** The clusters that runs made for themselves in that directory. */
    static List<Path> temporaryClusters(Path directory) throws IOException {
        try (var entries = Files.list(temporary(directory))) {
            return entries.filter(entry -> entry.getFileName().toString().startsWith("millrace-run-"))
                    .toList();
        }
    }

    private static Path temporary(Path directory) {
        return directory.resolve("tmp");
    }

    /** Returns when it has said that. */
    MillraceProcess awaitSaid(String text) {
        await().atMost(PATIENCE).until(() -> said().contains(text) || !process.isAlive());
        if (!said().contains(text)) {
            throw new AssertionError(
                    "it ended with " + process.exitCode() + " before it said '" + text + "': " + said());
        }
        return this;
    }

    /** What it has written so far, to standard output and error. */
    String said() {
        return process.said();
    }

    /** Sends a signal, such as INT, which is what Ctrl-C does. */
    void signal(String name) throws IOException {
        process.signal(name);
    }

    /** SIGTERM; returns the exit code. */
    int stop() {
        process.terminate();
        return awaitExit();
    }

    /** Returns the exit code when it has ended. */
    int awaitExit() {
        await().atMost(PATIENCE).until(() -> !process.isAlive());
        return process.exitCode();
    }

    /** SIGKILL; returns when it is gone. */
    void kill() {
        process.close();
    }

    @Override
    public void close() {
        kill();
    }
}
