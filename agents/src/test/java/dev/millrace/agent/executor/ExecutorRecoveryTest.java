package dev.millrace.agent.executor;

import static dev.millrace.agent.executor.ExecutorFixture.awaitThat;
import static dev.millrace.agent.executor.ExecutorFixture.spec;
import static dev.millrace.agent.executor.Puppet.has;
import static dev.millrace.agent.executor.Puppet.update;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.ExecutorShutdown;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.UpdateAcknowledged;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the next runner makes of the executors that one has left. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ExecutorRecoveryTest {
    @TempDir
    private Path directory;

    private ExecutorFixture agent;

    @BeforeEach
    void open() {
        agent = new ExecutorFixture(directory.resolve("w"));
    }

    @AfterEach
    void close() {
        agent.close();
    }

    @Test
    void goesOnWithAnExecutorAndItsTasks() {
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            executor.say("t", 1, TaskState.TASK_RUNNING);
        }
        agent.restart();

        assertThat(agent.runner.executors())
                .extracting(AgentExecutor::getExecutorId)
                .containsExactly("e");
        assertThat(agent.runner.attempts()).singleElement().satisfies(task -> {
            assertThat(task.getTaskId()).isEqualTo("t");
            assertThat(task.getState()).isEqualTo(TaskState.TASK_RUNNING);
            assertThat(task.getReportSequence()).isEqualTo(1);
        });
        try (Puppet executor = agent.connect("t")) {
            assertThat(executor.register(List.of(has("t")), List.of()).getAgain())
                    .isTrue();
            executor.say("t", 2, TaskState.TASK_FINISHED);
        }
        assertThat(agent.awaitReport("t", TaskState.TASK_FINISHED).getReportSequence())
                .isEqualTo(2);
    }

    @Test
    void takesTheUpdatesThatTheEarlierRunnerDidNotAcknowledge() {
        agent.launch("t");
        agent.launch("u");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            executor.receive(LaunchTask.class);
            executor.say("t", 1, TaskState.TASK_RUNNING);
        }
        agent.restart();

        try (Puppet executor = agent.connect("t")) {
            executor.register(
                    List.of(has("t"), has("u")),
                    List.of(
                            update("t", 1, TaskState.TASK_RUNNING),
                            update("t", 2, TaskState.TASK_FINISHED),
                            update("u", 1, TaskState.TASK_RUNNING)));
            executor.receive(UpdateAcknowledged.class);
            executor.receive(UpdateAcknowledged.class);
            executor.receive(UpdateAcknowledged.class);
        }

        assertThat(agent.sink.statesOf("t")).containsExactly(TaskState.TASK_FINISHED);
        assertThat(agent.sink.statesOf("u")).containsExactly(TaskState.TASK_RUNNING);
    }

    @Test
    void reportsAgainWhatIsNotKnownToBeSafeWithTheSameSequence() {
        agent.sink.broken = true;
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            executor.say("t", 1, TaskState.TASK_RUNNING);
            executor.say("t", 2, TaskState.TASK_FINISHED);
        }
        agent.restart();

        assertThat(agent.sink.reportsOf("t"))
                .extracting(TaskReport::getReportSequence)
                .containsExactly(1L, 2L);
        assertThat(agent.runner.attempts()).isEmpty();
    }

    @Test
    void failsATaskThatWasHandedOverAndThatItsExecutorDoesNotHaveAndHandsItOverNoMore() {
        agent.launch("t");
        agent.launch("u");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            executor.receive(LaunchTask.class);
        }
        agent.restart();

        try (Puppet executor = agent.connect("t")) {
            executor.register(List.of(has("u")), List.of());
            TaskReport end = agent.awaitReport("t", TaskState.TASK_FAILED);
            assertThat(end.getReason()).isEqualTo(Reason.REASON_EXECUTOR_TERMINATED);
            assertThat(end.getMessage()).contains("does not have it");

            agent.launch("v");
            assertThat(executor.receive(LaunchTask.class).getRequest().getTaskId())
                    .isEqualTo("v");
        }
        assertThat(agent.runner.attempts()).extracting(AgentTask::getTaskId).containsExactly("u", "v");
    }

    @Test
    void knowsAllOfAGroupOrNone() {
        agent.launchGroup("t", "u");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTaskGroup.class);
        }
        agent.restart();

        assertThat(agent.runner.attempts()).extracting(AgentTask::getTaskId).containsExactly("t", "u");
    }

    @Test
    void forgetsTasksThatWereNotHandedOverAndStopsAnExecutorThatHasNone() {
        agent.launch("t");
        Map<String, String> environment = agent.environment("t");
        agent.restart();

        assertThat(agent.runner.attempts()).isEmpty();
        assertThat(agent.runner.executors()).hasSize(1);
        try (Puppet executor = new Puppet(environment)) {
            assertThat(executor.register(List.of(), List.of()).getAgain()).isFalse();
            executor.receive(ExecutorShutdown.class);
        }
        agent.awaitExecutorEnded();
    }

    @Test
    void goesOnStoppingAnExecutorThatHadNothingToDo() {
        agent.launch("t", spec().setShutdownGracePeriodMs(60_000));
        agent.environment("t");
        agent.restart();
        agent.register("t").close();
        agent.restart();

        try (Puppet executor = agent.register("t")) {
            executor.receive(ExecutorShutdown.class);
        }
        agent.process("t").destroyForcibly();
        agent.awaitExecutorEnded();
    }

    @Test
    void tellsAnExecutorToKillWhatHasEndedForTheAgent() {
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            executor.say("t", 1, TaskState.TASK_RUNNING);
        }
        agent.restart();

        try (Puppet executor = agent.connect("t")) {
            executor.register(List.of(has("t"), has("unheard-of")), List.of());
            assertThat(executor.receive(KillTask.class).getTaskId()).isEqualTo("unheard-of");
        }
    }

    @Test
    void endsWhatEndedWhileNobodyLooked() {
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
        }
        ProcessHandle process = agent.process("t");
        agent.runner.close();
        process.destroyForcibly();
        Path exit = agent.workDir.resolve("executors/ends/t@1");
        awaitThat(() -> Files.readString(exit).contains("\n"));
        agent.restart();

        assertThat(agent.awaitReport("t", TaskState.TASK_FAILED).getReason())
                .isEqualTo(Reason.REASON_EXECUTOR_TERMINATED);
        agent.awaitExecutorEnded();
        awaitThat(() -> files("executors/journals").isEmpty()
                && files("executors/open").isEmpty()
                && files("executors/sockets").isEmpty());
    }

    @Test
    void remembersThatAnExecutorWasToldToStop() {
        agent.launch("t", spec().setShutdownGracePeriodMs(60_000));
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            agent.stop();
            executor.receive(ExecutorShutdown.class);
        }
        agent.restart();

        try (Puppet executor = agent.connect("t")) {
            executor.register(List.of(has("t")), List.of());
            assertThat(executor.receive(ExecutorShutdown.class).getGracePeriodMs())
                    .isEqualTo(60_000);
            agent.process("t").destroyForcibly();
        }
        agent.awaitExecutorEnded();
    }

    @Test
    void putsItsSocketWhereItsPathIsShortEnough() throws Exception {
        String deep = "d".repeat(100);
        try (ExecutorFixture far = new ExecutorFixture(Files.createDirectory(directory.resolve(deep)))) {
            far.launch("t");
            far.register("t").close();

            Path socket = Path.of(far.environment("t").get("MILLRACE_EXECUTOR_SOCKET"));
            assertThat(socket.toString()).hasSizeLessThan(108).startsWith("/tmp/millrace-");
            far.restart();
            try (Puppet executor = far.connect("t")) {
                assertThat(executor.register(List.of(), List.of()).getAgain()).isTrue();
            }
            far.stop();
            far.awaitExecutorEnded();
            // What was the run's own goes after its end is known.
            ExecutorFixture.awaitThat(() -> Files.notExists(socket.getParent()));
            Files.delete(socket.getParent().getParent());
        }
    }

    private List<Path> files(String name) throws Exception {
        try (Stream<Path> files = Files.list(agent.workDir.resolve(name))) {
            return files.toList();
        }
    }
}
