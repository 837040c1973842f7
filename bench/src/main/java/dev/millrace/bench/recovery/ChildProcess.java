package dev.millrace.bench.recovery;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A process of its own, which is killed and never asked to stop. Thread-safe. */
final class ChildProcess implements AutoCloseable {
    private final Process process;

    private ChildProcess(Process process) {
        this.process = process;
    }

    /** Starts a program whose output goes to the end of a file. */
    static ChildProcess start(List<String> command, Path output) throws IOException {
        return new ChildProcess(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                .start());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL; returns when it is gone. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
