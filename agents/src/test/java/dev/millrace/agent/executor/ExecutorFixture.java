package dev.millrace.agent.executor;

import static org.awaitility.Awaitility.await;

import dev.millrace.agent.link.AgentProfile;
import dev.millrace.agent.process.RecordingSink;
import dev.millrace.agent.process.RunnerConfig;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.Resources;
import dev.millrace.contract.StopExecutor;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * A runner over a directory of its own whose executors are shells that do nothing: the test speaks for them. The runner can be replaced by its
 * successor as a restarted agent would.
 */
final class ExecutorFixture implements AutoCloseable {
    static final String FRAMEWORK = "f";
    static final String EXECUTOR = "e";
    private static final String AGENT = "agent-1";

    final Path workDir;
    RecordingSink sink = new RecordingSink();
    MachineRunner runner;
    volatile boolean lease = true;

    ExecutorFixture(Path workDir) {
        this.workDir = workDir.toAbsolutePath();
        this.runner = open();
    }

    private MachineRunner open() {
        AgentProfile profile = new AgentProfile(
                "default",
                AGENT,
                "w",
                "host",
                Resources.newBuilder().setCpuMillis(1_000).build(),
                List.of(),
                List.of(),
                "");
        try {
            return new MachineRunner(RunnerConfig.of(workDir, "default", AGENT), profile, sink);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a restarted agent does; what was reported before is forgotten. */
    void restart() {
        runner.close();
        sink = new RecordingSink();
        runner = open();
    }

    /** An executor that writes its environment down and then waits. */
    static ExecutorSpec.Builder spec() {
        return ExecutorSpec.newBuilder()
                .setExecutorId(EXECUTOR)
                .setShell("env >env.new; mv env.new env; exec sleep 600")
                .setResources(Resources.newBuilder().setCpuMillis(10).build())
                .setShutdownGracePeriodMs(500);
    }

    static LaunchTask task(String taskId, ExecutorSpec.Builder executor) {
        return task(taskId, executor, new byte[0]);
    }

    static LaunchTask task(String taskId, ExecutorSpec.Builder executor, byte[] data) {
        return LaunchTask.newBuilder()
                .setAgentId(AGENT)
                .setIncarnation(7)
                .setAttempt(1)
                .setPlacedAt(Instant.now())
                .setFrameworkId(FRAMEWORK)
                .setRequest(TaskRequest.newBuilder()
                        .setPool("default")
                        .setTaskId(taskId)
                        .setResources(Resources.newBuilder().setCpuMillis(100).build())
                        .setExecutor(executor.build())
                        .setData(ByteBuffer.wrap(data))
                        .build())
                .build();
    }

    void launch(String taskId) {
        launch(taskId, spec());
    }

    void launch(String taskId, ExecutorSpec.Builder executor) {
        runner.launch(task(taskId, executor), () -> lease);
    }

    void launchGroup(String... taskIds) {
        List<LaunchTask> tasks =
                Arrays.stream(taskIds).map(id -> task(id, spec())).toList();
        runner.launchGroup(new LaunchTaskGroup(AGENT, 7L, tasks), () -> lease);
    }

    void kill(String taskId) {
        runner.kill(KillTask.newBuilder()
                .setPool("default")
                .setAgentId(AGENT)
                .setIncarnation(7)
                .setTaskId(taskId)
                .setAttempt(1)
                .build());
    }

    void stop() {
        runner.stop(new StopExecutor("default", AGENT, 7L, FRAMEWORK, EXECUTOR, "enough"));
    }

    void message(String text) {
        ByteBuffer data = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        runner.message(new MessageToExecutor("default", AGENT, 7L, FRAMEWORK, EXECUTOR, data));
    }

    /** Connects as the executor that was started for a task, once it runs. */
    Puppet connect(String starter) {
        return new Puppet(environment(starter));
    }

    /** The same, registered as one that has nothing. */
    Puppet register(String starter) {
        Puppet puppet = connect(starter);
        puppet.register(List.of(), List.of());
        return puppet;
    }

    /** What the executor that was started for a task finds in its environment. */
    Map<String, String> environment(String starter) {
        Path file = sandbox(starter).resolve("env");
        awaitThat(() -> Files.exists(file));
        Map<String, String> environment = new HashMap<>();
        try (Stream<String> lines = Files.lines(file)) {
            lines.forEach(line ->
                    environment.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return environment;
    }

    Path sandbox(String starter) {
        return workDir.resolve("executors/attempts").resolve(starter + "@1").resolve("sandbox");
    }

    /** The process of the executor that was started for a task. */
    ProcessHandle process(String starter) {
        Path file =
                workDir.resolve("executors/attempts").resolve(starter + "@1").resolve("started");
        try {
            String line = Files.readAllLines(file).get(1);
            return ProcessHandle.of(Long.parseLong(line.substring(0, line.indexOf(' '))))
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    TaskReport awaitReport(String taskId, TaskState state) {
        awaitThat(() -> sink.statesOf(taskId).contains(state));
        return sink.reportsOf(taskId).stream()
                .filter(report -> report.getState() == state)
                .findFirst()
                .orElseThrow();
    }

    void awaitExecutorEnded() {
        awaitThat(() -> sink.executorEnds.size() == 1);
    }

    static void awaitThat(Callable<Boolean> condition) {
        await().atMost(Duration.ofMinutes(1)).pollInterval(Duration.ofMillis(5)).until(condition);
    }

    /** Closes the runner, and ends the executors that it leaves behind. */
    @Override
    public void close() {
        sink.broken = false;
        for (var executor : runner.executors()) {
            runner.stop(new StopExecutor(
                    "default", AGENT, 7L, executor.getFrameworkId(), executor.getExecutorId(), "the test is over"));
        }
        try {
            awaitThat(() -> runner.executors().isEmpty());
        } finally {
            runner.close();
        }
    }
}
