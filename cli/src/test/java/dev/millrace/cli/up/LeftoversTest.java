package dev.millrace.cli.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.agent.executor.MachineRunner;
import dev.millrace.agent.link.AgentProfile;
import dev.millrace.agent.link.ExecutorSink;
import dev.millrace.agent.process.RunnerConfig;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftoversTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path path;

    @Test
    void endsTasksAndExecutorsThatAnAgentHasLeft() throws Exception {
        Path workDir = Files.createDirectory(path.resolve("a"));
        Path taskPid = path.resolve("task.pid");
        Path executorPid = path.resolve("executor.pid");
        try (MachineRunner runner =
                new MachineRunner(RunnerConfig.of(workDir, "default", "a"), profile(), new Deaf())) {
            runner.launch(launch(request("t").setShell(writesItsPid(taskPid))), () -> true);
            ExecutorSpec executor = ExecutorSpec.newBuilder()
                    .setExecutorId("e")
                    .setShell(writesItsPid(executorPid))
                    .build();
            runner.launch(launch(request("u").setExecutor(executor)), () -> true);
            await().atMost(PATIENCE).until(() -> Files.exists(taskPid) && Files.exists(executorPid));
        }

        assertThat(Leftovers.count(workDir, "default")).isEqualTo(2);
        assertThat(isAlive(taskPid)).isTrue();
        assertThat(Leftovers.end(workDir, "default")).isEqualTo(2);

        await().atMost(PATIENCE).until(() -> !isAlive(taskPid) && !isAlive(executorPid));
        assertThat(Leftovers.end(workDir, "default")).isZero();
    }

    private static String writesItsPid(Path file) {
        return "echo $$ >" + file + ".new; mv " + file + ".new " + file + "; exec sleep 600";
    }

    private static boolean isAlive(Path pid) throws IOException {
        Path stat = Path.of("/proc", Files.readString(pid).strip(), "stat");
        try {
            // A zombie is dead, whatever the JDK thinks.
            return !Files.readString(stat).contains(") Z ");
        } catch (IOException e) {
            return false;
        }
    }

    private static TaskRequest.Builder request(String taskId) {
        return TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId(taskId)
                .setResources(Resources.newBuilder().setCpuMillis(10).build());
    }

    private static LaunchTask launch(TaskRequest.Builder request) {
        return LaunchTask.newBuilder()
                .setAgentId("a")
                .setIncarnation(7)
                .setAttempt(1)
                .setPlacedAt(Instant.EPOCH)
                .setFrameworkId("f")
                .setRequest(request.build())
                .build();
    }

    private static AgentProfile profile() {
        Resources resources = Resources.newBuilder().setCpuMillis(1_000).build();
        return new AgentProfile("default", "a", "w", "host", resources, List.of(), List.of(), "");
    }

    /** Takes all, as a scheduler does that will not be asked. */
    private static final class Deaf implements ExecutorSink {
        private static final CompletionStage<?> DONE = CompletableFuture.completedFuture(null);

        @Override
        public CompletionStage<?> report(TaskReport report) {
            return DONE;
        }

        @Override
        public CompletionStage<?> log(LogChunk chunk) {
            return DONE;
        }

        @Override
        public CompletionStage<?> ended(ExecutorEnded ended) {
            return DONE;
        }

        @Override
        public CompletionStage<?> message(MessageFromExecutor message) {
            return DONE;
        }
    }
}
