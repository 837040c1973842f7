package dev.millrace.agent.process;

import static dev.millrace.agent.process.RunnerFixture.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Shims that stop between the fork and their first act, having written their pid, and go on when they are told to. */
final class StoppedShims {
    private StoppedShims() {}

    static RunnerConfig configure(RunnerConfig config) {
        return config.withLauncher(
                List.of("setsid", "sh", "-c", "echo $$ >stopped; kill -STOP $$; exec \"$@\"", "stopping-launcher"));
    }

    /** Waits until the shim of a task's first attempt has stopped. */
    static long await(Path workDir, String taskId) {
        Path file = workDir.resolve("attempts").resolve(taskId + "@1").resolve("stopped");
        awaitThat(() -> Files.exists(file) && Files.readString(file).endsWith("\n"));
        long pid = read(file);
        awaitThat(() -> Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") T "));
        return pid;
    }

    private static long read(Path file) {
        try {
            return Long.parseLong(Files.readString(file).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void resume(long shim) {
        try {
            int exitCode = new ProcessBuilder("kill", "-CONT", String.valueOf(shim))
                    .start()
                    .waitFor();
            assertThat(exitCode).isZero();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
