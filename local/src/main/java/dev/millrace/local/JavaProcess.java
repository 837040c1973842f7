package dev.millrace.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A Java program in a process of its own, with the class path of this one, so that it can be stopped and killed as it could not be in this
 * process. All that it says goes to a file. Any thread may use it.
 *
 * <p>Only for tests and fault injection.
 */
public final class JavaProcess implements AutoCloseable {
    private final Process process;
    private final Path output;

    /**
     * What to run.
     *
     * @param main the class with the main method
     * @param flags flags of the Java machine, beside those that make it start quickly
     * @param arguments the program's
     * @param environment variables that differ from this process's
     */
    public record Program(Class<?> main, List<String> flags, List<String> arguments, Map<String, String> environment) {
        public Program {
            flags = List.copyOf(flags);
            arguments = List.copyOf(arguments);
            environment = Map.copyOf(environment);
        }
    }

    private JavaProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /**
     * Starts a program.
     *
     * @param directory where it runs
     * @param output where it writes what it says, after what is there
     */
    public static JavaProcess start(Program program, Path directory, Path output) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                // What starts this process may ignore Ctrl-C, and its children then do too.
                "env",
                "--default-signal=INT,HUP",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(program.flags());
        command.addAll(List.of(
                "-cp", System.getProperty("java.class.path"), program.main().getName()));
        command.addAll(program.arguments());
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().putAll(program.environment());
        // Which cluster it belongs to is said by whoever starts it.
        builder.environment().remove("MILLRACE_BOOTSTRAP_SERVERS");
        return new JavaProcess(builder.start(), output);
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** @throws IllegalThreadStateException if it has not ended */
    public int exitCode() {
        return process.exitValue();
    }

    /** What the file of its output holds. */
    public String said() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Sends a signal, such as {@code INT}, which is what Ctrl-C does, or {@code STOP}.
     *
     * @throws IOException if it could not be sent, as when the process has ended
     */
    public void signal(String name) throws IOException {
        int exitCode = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .onExit()
                .join()
                .exitValue();
        if (exitCode != 0) {
            throw new IOException("kill -" + name + " " + process.pid() + " ended with " + exitCode);
        }
    }

    /** SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** Completes when it has ended. */
    public CompletableFuture<?> ended() {
        return process.onExit();
    }

    /** SIGKILL; returns when it is gone. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
