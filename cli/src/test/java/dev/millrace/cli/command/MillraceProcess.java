package dev.millrace.cli.command;

import static org.awaitility.Awaitility.await;

import dev.millrace.cli.MillraceMain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** {@code millrace}, or another program, in a process of its own, for what can't be typed in this one: daemons, and what is to be killed. */
final class MillraceProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Process process;
    private final Path output;

    private MillraceProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
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
        var command = new ArrayList<>(List.of(
                // What starts the tests may ignore Ctrl-C, and its children then do too.
                "env",
                "--default-signal=INT,HUP",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-Djava.io.tmpdir=" + Files.createDirectories(temporary(directory)),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(List.of(arguments));
        var output = Files.createTempFile(directory, name + "-", ".out");
        var builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("MILLRACE_HOME", home(directory).toString());
        builder.environment().remove("MILLRACE_BOOTSTRAP_SERVERS");
        return new MillraceProcess(builder.start(), output);
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
                    "it ended with " + process.exitValue() + " before it said '" + text + "': " + said());
        }
        return this;
    }

    /** What it has written so far, to standard output and error. */
    String said() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a signal, such as INT, which is what Ctrl-C does. */
    void signal(String name) throws IOException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .onExit()
                .join();
    }

    /** SIGTERM; returns the exit code. */
    int stop() {
        process.destroy();
        return awaitExit();
    }

    /** Returns the exit code when it has ended. */
    int awaitExit() {
        await().atMost(PATIENCE).until(() -> !process.isAlive());
        return process.exitValue();
    }

    /** SIGKILL; returns when it is gone. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
