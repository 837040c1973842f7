package dev.millrace.agent.process;

import static org.awaitility.Awaitility.await;

import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LogStream;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A runner over a directory of its own, which can be replaced by its successor as a restarted agent would. */
final class RunnerFixture implements AutoCloseable {
    static final String POOL = "default";
    static final String AGENT = "agent-1";
    /** Hundreds of tasks take their time on a slow disk; and only a test that fails waits for so long. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    final Path workDir;
    final RunnerConfig config;
    RecordingSink sink = new RecordingSink();
    ProcessRunner runner;

    RunnerFixture(Path workDir, UnaryOperator<RunnerConfig> settings) {
        this.workDir = workDir.toAbsolutePath();
        this.config = settings.apply(RunnerConfig.of(this.workDir, POOL, AGENT));
        this.runner = open();
    }

    RunnerFixture(Path workDir) {
        this(workDir, config -> config);
    }

    private ProcessRunner open() {
        try {
            return new ProcessRunner(config, sink);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a restarted agent does; what was reported before is forgotten. */
    void restart() {
        restartWith(new RecordingSink());
    }

    void restartWith(RecordingSink next) {
        runner.close();
        sink = next;
        runner = open();
    }

    static TaskRequest.Builder request(String taskId) {
        return TaskRequest.newBuilder()
                .setPool(POOL)
                .setTaskId(taskId)
                .setResources(
                        Resources.newBuilder().setCpuMillis(100).setMemMib(32).build());
    }

    static TaskRequest.Builder shell(String taskId, String line) {
        return request(taskId).setShell(line);
    }

    static TaskRequest.Builder argv(String taskId, String... argv) {
        return request(taskId).setArgv(List.of(argv));
    }

    static LaunchTask launch(TaskRequest.Builder request) {
        return launch(request, 1);
    }

    static LaunchTask launch(TaskRequest.Builder request, int attempt) {
        return LaunchTask.newBuilder()
                .setAgentId(AGENT)
                .setIncarnation(7)
                .setAttempt(attempt)
                .setPlacedAt(Instant.now())
                .setRequest(request.build())
                .build();
    }

    static List<KeyValue> variables(Map<String, String> variables) {
        return variables.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(each -> new KeyValue(each.getKey(), each.getValue()))
                .collect(Collectors.toList());
    }

    static KillTask killOf(String taskId, long gracePeriodMs) {
        return KillTask.newBuilder()
                .setPool(POOL)
                .setAgentId(AGENT)
                .setIncarnation(7)
                .setTaskId(taskId)
                .setAttempt(1)
                .setGracePeriodMs(gracePeriodMs)
                .build();
    }

    void run(TaskRequest.Builder request) {
        runner.launch(launch(request), () -> true);
    }

    void kill(String taskId, long gracePeriodMs) {
        runner.kill(killOf(taskId, gracePeriodMs));
    }

    /** Runs a task to its end. */
    TaskReport runToEnd(TaskRequest.Builder request) {
        run(request);
        return awaitEnd(request.getTaskId());
    }

    TaskReport awaitEnd(String taskId) {
        return until(() -> sink.ends().stream()
                .filter(report -> report.getTaskId().equals(taskId))
                .findFirst()
                .orElse(null));
    }

    TaskReport awaitRunning(String taskId) {
        return until(() -> sink.reportsOf(taskId).stream()
                .filter(report -> report.getState() == TaskState.TASK_RUNNING)
                .findFirst()
                .orElse(null));
    }

    /** All that a task wrote to a stream, once the last chunk was published. */
    String awaitOutput(String taskId, LogStream stream) {
        awaitThat(() -> sink.chunksOf(taskId, stream).stream().anyMatch(chunk -> chunk.getLast()));
        return new String(sink.output(taskId, stream), StandardCharsets.UTF_8);
    }

    /** Waits until the runner has forgotten everything. */
    void awaitIdle() {
        awaitThat(() -> files("open").isEmpty() && runner.known() == 0);
    }

    /** Waits until the runner has forgotten everything but one task. */
    void awaitIdleBut(String taskId) {
        awaitThat(() -> files("open").equals(List.of(taskId + "@1")));
    }

    static void awaitThat(Callable<Boolean> condition) {
        until(() -> condition.call() ? true : null);
    }

    static <T> T until(Callable<T> found) {
        return await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(found, value -> value != null);
    }

    /** The first attempt's directory. */
    Path attempt(String taskId) {
        return workDir.resolve("attempts").resolve(taskId + "@1");
    }

    Path sandbox(String taskId) {
        return attempt(taskId).resolve("sandbox");
    }

    List<String> files(String directory) {
        try (Stream<Path> files = Files.list(workDir.resolve(directory))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for a file in a task's sandbox that has a whole line. */
    String awaitLine(String taskId, String file) {
        Path path = sandbox(taskId).resolve(file);
        return until(() -> Files.exists(path) && Files.readString(path).endsWith("\n")
                ? Files.readString(path).strip()
                : null);
    }

    static boolean isAlive(long pid) {
        // A zombie is dead, whatever the JDK thinks.
        try {
            return ProcStat.parse(Files.readString(Path.of("/proc/" + pid + "/stat")))
                    .filter(ProcStat::isAlive)
                    .isPresent();
        } catch (IOException e) {
            return false;
        }
    }

    static void awaitDeath(long pid) {
        awaitThat(() -> !isAlive(pid));
    }

    static void sigkill(long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    Started started(String taskId) {
        try {
            return Started.ofText(Files.readString(attempt(taskId).resolve("started")))
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the files of a task's first attempt those of an earlier boot; nobody may be using them. */
    void pretendABoot(String taskId) throws IOException {
        byte[] other = "00000000-0000-0000-0000-000000000000".getBytes(StandardCharsets.US_ASCII);
        Path intent = workDir.resolve("open").resolve(taskId + "@1");
        byte[] bytes = Files.readAllBytes(intent);
        System.arraycopy(other, 0, bytes, 0, other.length);
        Files.write(intent, bytes);
        Path started = attempt(taskId).resolve("started");
        if (Files.exists(started)) {
            List<String> lines = Files.readAllLines(started);
            lines.set(2, new String(other, StandardCharsets.US_ASCII));
            Files.write(started, lines);
        }
    }

    /** Closes the runner, and ends the tasks that it leaves behind. */
    @Override
    public void close() {
        for (String file : files("open")) {
            String taskId = AttemptId.ofFileName(file).orElseThrow().taskId();
            runner.kill(killOf(taskId, 0));
        }
        sink.broken = false;
        awaitIdle();
        runner.close();
    }
}
