package dev.millrace.agent.process;

import static dev.millrace.agent.process.RunnerFixture.argv;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a file system of its own, which is filled while a task runs. Not where nothing may be mounted. */
class FullDiskTest {
    private static final long NEVER_MS = 3_600_000;
    private static final int BLOCK_BYTES = 4_096;

    @TempDir
    private Path directory;

    private RunnerFixture agent;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        assumeTrue(
                succeeds("mount", "-t", "tmpfs", "-o", "size=4m", "millrace-test", directory.toString()),
                "this process may mount");
        agent = new RunnerFixture(directory.resolve("work"));
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        if (agent != null) {
            try {
                agent.close();
            } finally {
                succeeds("umount", "-l", directory.toString());
            }
        }
    }

    @Test
    void knowsTheSignalThatEndedATask() throws IOException {
        agent.run(argv("t", "sleep", "1000"));
        agent.awaitRunning("t");
        fill();

        agent.kill("t", NEVER_MS);

        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getState()).isEqualTo(TaskState.TASK_KILLED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_KILL_REQUESTED);
        assertThat(end.getSignal()).isEqualTo(15);
        assertThat(end.getExitCode()).isNull();
    }

    private void fill() throws IOException {
        byte[] block = new byte[BLOCK_BYTES];
        try (OutputStream out = Files.newOutputStream(directory.resolve("filler"))) {
            while (directory.toFile().getUsableSpace() > 0) {
                out.write(block);
            }
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private static boolean succeeds(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }
}
