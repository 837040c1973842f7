package dev.millrace.agent;

import static dev.millrace.agent.ScriptedScheduler.awaiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.agent.executor.SampleExecutor;
import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Resources;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.StopExecutor;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real agents with real executors, of which some agents are killed. */
class AgentWithExecutorsTest {
    @TempDir
    private Path directory;

    private ScriptedScheduler scheduler;
    private Path workDir;
    private AutoCloseable agent;
    private AgentRegistered registered;

    @BeforeEach
    void createCluster() {
        scheduler = new ScriptedScheduler("executors");
        workDir = directory.resolve("a");
    }

    private void startAgent(long earlier) throws IOException {
        Agent here = new Agent(AgentConfig.of(scheduler.cluster(), workDir).withAgentId("a"));
        here.start();
        agent = here;
        acceptAgent(earlier);
    }

    /** An agent that can be killed. */
    private AgentProcess startAgentProcess() throws IOException {
        AgentProcess process = AgentProcess.start(scheduler.cluster(), workDir);
        agent = process;
        acceptAgent(0);
        return process;
    }

    private void acceptAgent(long earlier) {
        registered = scheduler.accepted("a", earlier);
    }

    @AfterEach
    void close() throws Exception {
        try {
            if (registered != null) {
                scheduler.send(registered, new StopExecutor("default", "a", registered.getIncarnation(), "f", "e", ""));
                scheduler.await(ExecutorEnded.class, ended -> true);
            }
        } finally {
            if (agent != null) {
                agent.close();
            }
            scheduler.close();
        }
    }

    private static ExecutorSpec spec() {
        return ExecutorSpec.newBuilder()
                .setExecutorId("e")
                .setArgv(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SampleExecutor.class.getName()))
                .setResources(
                        Resources.newBuilder().setCpuMillis(50).setMemMib(64).build())
                .setReregistrationTimeoutMs(60_000)
                .setShutdownGracePeriodMs(60_000)
                .build();
    }

    private LaunchTask task(String taskId) {
        return LaunchTask.newBuilder()
                .setAgentId("a")
                .setIncarnation(registered.getIncarnation())
                .setAttempt(1)
                .setPlacedAt(Instant.EPOCH)
                .setFrameworkId("f")
                .setRequest(TaskRequest.newBuilder()
                        .setPool("default")
                        .setTaskId(taskId)
                        .setResources(Resources.newBuilder().setCpuMillis(100).build())
                        .setExecutor(spec())
                        .build())
                .build();
    }

    private void launch(String taskId) {
        scheduler.send(registered, task(taskId));
    }

    private void message(String text) {
        scheduler.send(
                registered,
                new MessageToExecutor(
                        "default", "a", registered.getIncarnation(), "f", "e", StandardCharsets.UTF_8.encode(text)));
    }

    private TaskReport await(String taskId, TaskState state) {
        return scheduler.await(
                TaskReport.class, report -> report.getTaskId().equals(taskId) && report.getState() == state);
    }

    /** What the executor noted, line by line. */
    private List<String> notes() throws IOException {
        return Files.readAllLines(workDir.resolve("executors/attempts/t@1/sandbox/starts"));
    }

    private ProcessHandle executor() throws IOException {
        String line = Files.readAllLines(workDir.resolve("executors/attempts/t@1/started"))
                .get(1);
        return ProcessHandle.of(Long.parseLong(line.substring(0, line.indexOf(' '))))
                .orElseThrow();
    }

    @Test
    void runsTasksInOneExecutorAndPublishesWhatItSaysAndWrites() throws Exception {
        startAgent(0);
        launch("t");
        launch("u");
        TaskReport running = await("t", TaskState.TASK_RUNNING);
        assertThat(running.getSource()).isEqualTo(StatusSource.SOURCE_EXECUTOR);
        assertThat(running.getData()).isEqualTo(StandardCharsets.UTF_8.encode("ok"));
        await("u", TaskState.TASK_RUNNING);
        scheduler.send(
                registered, new LaunchTaskGroup("a", registered.getIncarnation(), List.of(task("v"), task("w"))));
        await("w", TaskState.TASK_RUNNING);

        message("finish t");
        await("t", TaskState.TASK_FINISHED);
        scheduler.kill(registered, "u");
        await("u", TaskState.TASK_KILLED);
        message("hello");
        MessageFromExecutor back = scheduler.await(MessageFromExecutor.class, each -> true);
        assertThat(back.getData()).isEqualTo(StandardCharsets.UTF_8.encode("hello"));

        scheduler.send(registered, new StopExecutor("default", "a", registered.getIncarnation(), "f", "e", ""));
        await("v", TaskState.TASK_KILLED);
        await("w", TaskState.TASK_KILLED);
        ExecutorEnded ended = scheduler.await(ExecutorEnded.class, each -> true);
        assertThat(ended.getExitCode()).isZero();
        assertThat(notes()).containsExactly("registered", "t", "u", "group", "v", "w");
        awaiting().until(() -> scheduler.output("t").contains("executor ended as STOPPED"));
    }

    @Test
    void goesOnAfterTheAgentWasKilledWithoutRunningATaskTwice() throws Exception {
        AgentProcess first = startAgentProcess();
        launch("t");
        launch("u");
        await("u", TaskState.TASK_RUNNING);
        ProcessHandle executor = executor();

        first.kill();
        assertThat(executor.isAlive()).isTrue();
        startAgent(registered.getIncarnation());

        assertThat(registered.getExecutors())
                .extracting(AgentExecutor::getExecutorId)
                .containsExactly("e");
        assertThat(registered.getTasks())
                .extracting(AgentTask::getTaskId, AgentTask::getState, AgentTask::getReportSequence)
                .containsExactlyInAnyOrder(
                        tuple("t", TaskState.TASK_RUNNING, 1L), tuple("u", TaskState.TASK_RUNNING, 1L));
        awaiting().until(() -> notes().contains("reregistered"));
        launch("v");
        await("v", TaskState.TASK_RUNNING);
        message("finish t");
        assertThat(await("t", TaskState.TASK_FINISHED).getReportSequence()).isEqualTo(2);
        assertThat(notes()).containsExactly("registered", "t", "u", "disconnected", "reregistered", "v");
        assertThat(executor.isAlive()).isTrue();
    }

    @Test
    void startsNothingTwiceAndLosesNothingWhenItIsKilledAmidItsLaunches() throws Exception {
        AgentProcess first = startAgentProcess();
        int count = 60;
        launch("t");
        await("t", TaskState.TASK_RUNNING);
        for (int i = 0; i < count; i++) {
            launch("t-" + i);
            if (i == count / 2) {
                first.kill();
            }
        }
        startAgent(registered.getIncarnation());

        List<String> listed =
                registered.getTasks().stream().map(AgentTask::getTaskId).toList();
        awaiting().until(() -> notes().contains("reregistered"));
        List<String> started =
                notes().stream().filter(line -> line.startsWith("t-")).toList();
        assertThat(started).doesNotHaveDuplicates();
        assertThat(listed).containsAll(started);
        for (String taskId : listed) {
            if (started.contains(taskId)) {
                await(taskId, TaskState.TASK_RUNNING);
            } else if (!taskId.equals("t")) {
                await(taskId, TaskState.TASK_FAILED);
            }
        }
        System.out.printf("%d tasks were listed, %d of them had been started%n", listed.size() - 1, started.size());
    }

    @Test
    void failsTheTasksOfAnExecutorThatWasKilledBeforeItSaysThatItEnded() throws Exception {
        startAgent(0);
        launch("t");
        await("t", TaskState.TASK_RUNNING);

        executor().destroyForcibly();

        TaskReport end = await("t", TaskState.TASK_FAILED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_EXECUTOR_TERMINATED);
        ExecutorEnded ended = scheduler.await(ExecutorEnded.class, each -> true);
        assertThat(ended.getSignal()).isEqualTo(9);
        assertThat(scheduler.events().indexOf(end))
                .isLessThan(scheduler.events().indexOf(ended));
    }
}
