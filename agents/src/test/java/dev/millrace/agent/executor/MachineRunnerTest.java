package dev.millrace.agent.executor;

import static dev.millrace.agent.executor.ExecutorFixture.awaitThat;
import static dev.millrace.agent.executor.ExecutorFixture.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.ExecutorRegistered;
import dev.millrace.contract.ExecutorShutdown;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.Reason;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Validator;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a runner does with executors while it lives. The executors' processes are real; what they say, the tests say. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class MachineRunnerTest {
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
    void startsAnExecutorOnceAndHandsItAllTasksThatNameIt() {
        agent.launch("t");
        agent.launch("u");

        try (Puppet executor = agent.connect("t")) {
            ExecutorRegistered registered = executor.register(List.of(), List.of());
            assertThat(executor.receive(LaunchTask.class).getRequest().getTaskId())
                    .isEqualTo("t");
            assertThat(executor.receive(LaunchTask.class).getRequest().getTaskId())
                    .isEqualTo("u");
            agent.launch("v");
            assertThat(executor.receive(LaunchTask.class).getRequest().getTaskId())
                    .isEqualTo("v");

            assertThat(registered.getAgain()).isFalse();
            assertThat(registered.getHostname()).isEqualTo("host");
            assertThat(agent.sandbox("u")).doesNotExist();
            assertThat(agent.runner.attempts()).extracting(AgentTask::getTaskId).containsExactly("t", "u", "v");
            assertThat(agent.runner.executors())
                    .extracting(AgentExecutor::getExecutorId)
                    .containsExactly("e");
        }
    }

    @Test
    void givesAnExecutorWhatItNeedsAndNothingOfATask() {
        agent.launch("t");

        assertThat(agent.environment("t"))
                .containsEntry("MILLRACE_FRAMEWORK_ID", "f")
                .containsEntry("MILLRACE_EXECUTOR_ID", "e")
                .containsEntry("MILLRACE_AGENT_ID", "agent-1")
                .containsKeys("MILLRACE_EXECUTOR_TOKEN", "MILLRACE_EXECUTOR_SOCKET", "MILLRACE_SANDBOX")
                .doesNotContainKeys("MILLRACE_TASK_ID", "MILLRACE_ATTEMPT");
    }

    @Test
    void reportsWhatAnExecutorSaysAsItsWord() {
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);

            executor.say("t", 1, TaskState.TASK_RUNNING);
            executor.say("t", 2, TaskState.TASK_FINISHED);
        }

        assertThat(agent.sink.statesOf("t")).containsExactly(TaskState.TASK_RUNNING, TaskState.TASK_FINISHED);
        assertThat(agent.sink.reportsOf("t")).allSatisfy(report -> {
            assertThat(report.getSource()).isEqualTo(StatusSource.SOURCE_EXECUTOR);
            assertThat(Validator.faults(report)).isEmpty();
        });
        awaitThat(() -> agent.runner.attempts().isEmpty());
    }

    @Test
    void takesAnUpdateOnceHoweverOftenItIsSent() {
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);

            executor.say("t", 1, TaskState.TASK_RUNNING);
            executor.say("t", 1, TaskState.TASK_RUNNING);
            executor.say("t", 2, TaskState.TASK_FINISHED);
            executor.say("t", 2, TaskState.TASK_FINISHED);
        }

        assertThat(agent.sink.statesOf("t")).containsExactly(TaskState.TASK_RUNNING, TaskState.TASK_FINISHED);
    }

    @Test
    void handsOverAGroupInOneFrame() {
        agent.launchGroup("t", "u");

        try (Puppet executor = agent.register("t")) {
            assertThat(executor.receive(LaunchTaskGroup.class).getTasks())
                    .extracting(launch -> launch.getRequest().getTaskId())
                    .containsExactly("t", "u");
        }
    }

    @Test
    void dropsTheRestOfAGroupOfWhichItHasATask() {
        agent.launch("t");
        agent.launchGroup("t", "u");

        agent.awaitReport("u", TaskState.TASK_DROPPED);
        assertThat(agent.sink.reportsOf("t")).isEmpty();
    }

    @Test
    void killsAWholeGroupThatIsNotHandedOverAndStopsAnExecutorThatIsLeftWithNothing() {
        agent.launchGroup("t", "u");
        agent.kill("u");

        assertThat(agent.awaitReport("t", TaskState.TASK_KILLED).getReason())
                .isEqualTo(Reason.REASON_TASK_KILLED_DURING_LAUNCH);
        agent.awaitReport("u", TaskState.TASK_KILLED);
        try (Puppet executor = agent.register("t")) {
            executor.receive(ExecutorShutdown.class);
        }
        agent.awaitExecutorEnded();
    }

    @Test
    void forwardsAKillAndReportsWhatBecomesOfIt() {
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            executor.say("t", 1, TaskState.TASK_RUNNING);

            agent.kill("t");

            assertThat(executor.receive(KillTask.class).getTaskId()).isEqualTo("t");
            assertThat(agent.runner.attempts()).extracting(AgentTask::getState).containsExactly(TaskState.TASK_KILLING);
            executor.say("t", 2, TaskState.TASK_KILLED);
            agent.kill("t");
            awaitThat(() -> agent.sink.statesOf("t").size() == 3);
        }
    }

    @Test
    void failsTheTasksOfAnExecutorThatIsKilledThenSaysThatItEnded() {
        agent.launch("t");
        agent.launch("u");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            executor.receive(LaunchTask.class);
            executor.say("t", 1, TaskState.TASK_RUNNING);
            agent.sink.broken = true;

            agent.process("t").destroyForcibly();
        }

        TaskReport end = agent.awaitReport("t", TaskState.TASK_FAILED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_EXECUTOR_TERMINATED);
        assertThat(end.getReportSequence()).isEqualTo(2);
        agent.awaitReport("u", TaskState.TASK_FAILED);
        assertThat(agent.sink.executorEnds).isEmpty();
        agent.sink.broken = false;
        agent.awaitExecutorEnded();
        ExecutorEnded ended = agent.sink.executorEnds.get(0);
        assertThat(ended.getSignal()).isEqualTo(9);
        assertThat(Validator.faults(ended)).isEmpty();
        awaitThat(() -> agent.runner.executors().isEmpty());
    }

    @Test
    void startsTheExecutorAnewOnceItsEndWasReported() {
        agent.launch("t");
        agent.register("t").close();
        agent.process("t").destroyForcibly();
        agent.awaitExecutorEnded();
        awaitThat(() -> journals().length == 0);

        agent.launch("u");

        try (Puppet executor = agent.register("u")) {
            assertThat(executor.receive(LaunchTask.class).getRequest().getTaskId())
                    .isEqualTo("u");
        }
    }

    @Test
    void dropsTasksOfAnExecutorWhoseEndIsNotKnownToBeReported() {
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            executor.say("t", 1, TaskState.TASK_FINISHED);
        }
        awaitThat(() -> agent.runner.attempts().isEmpty());
        agent.sink.broken = true;
        agent.process("t").destroyForcibly();
        awaitThat(() -> !agent.sink.executorEnds.isEmpty());
        awaitThat(() -> agent.runner.executors().isEmpty());

        agent.launch("u");

        assertThat(agent.awaitReport("u", TaskState.TASK_DROPPED).getReason())
                .isEqualTo(Reason.REASON_EXECUTOR_TERMINATED);
        agent.sink.broken = false;
        awaitThat(() -> journals().length == 0);
        agent.launch("v");
        try (Puppet executor = agent.register("v")) {
            executor.receive(LaunchTask.class);
        }
    }

    @Test
    void reportsNothingNewOfATaskBeforeWhatDidNotArrive() {
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            agent.sink.broken = true;
            executor.say("t", 1, TaskState.TASK_STARTING);
            agent.message("the failure is known when this is sent");
            executor.receive(MessageToExecutor.class);
            executor.say("t", 2, TaskState.TASK_RUNNING);
            executor.say("t", 3, TaskState.TASK_FINISHED);
            agent.sink.broken = false;
        }

        awaitThat(() -> agent.runner.attempts().isEmpty());
        assertThat(agent.sink.statesOf("t"))
                .startsWith(TaskState.TASK_STARTING, TaskState.TASK_STARTING)
                .endsWith(TaskState.TASK_STARTING, TaskState.TASK_RUNNING, TaskState.TASK_FINISHED);
    }

    @Test
    void failsTasksWhoseExecutorDoesNotRegisterInTime() {
        agent.launch("t", spec().setRegistrationTimeoutMs(1_000));

        assertThat(agent.awaitReport("t", TaskState.TASK_FAILED).getReason())
                .isEqualTo(Reason.REASON_EXECUTOR_REGISTRATION_TIMEOUT);
        agent.awaitExecutorEnded();
    }

    @Test
    void failsTasksWhoseExecutorDoesNotRegisterAgainInTime() {
        agent.launch("t", spec().setReregistrationTimeoutMs(1_000));
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
        }

        assertThat(agent.awaitReport("t", TaskState.TASK_FAILED).getReason())
                .isEqualTo(Reason.REASON_EXECUTOR_REREGISTRATION_TIMEOUT);
        agent.awaitExecutorEnded();
    }

    @Test
    void saysWhyAnExecutorCannotBeStarted() {
        agent.launch("t", spec().setShell(null).setArgv(List.of("/no/such/program")));

        TaskReport end = agent.awaitReport("t", TaskState.TASK_ERROR);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_CONTAINER_LAUNCH_FAILED);
        assertThat(end.getMessage()).contains("/no/such/program");
        agent.awaitExecutorEnded();
    }

    @Test
    void startsNothingAndHandsNothingOverWithoutALease() {
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            agent.lease = false;

            agent.launch("u");
            agent.runner.launch(ExecutorFixture.task("v", spec().setExecutorId("other")), () -> false);

            assertThat(agent.awaitReport("u", TaskState.TASK_DROPPED).getReason())
                    .isEqualTo(Reason.REASON_LEASE_EXPIRED);
            assertThat(agent.awaitReport("v", TaskState.TASK_DROPPED).getReason())
                    .isEqualTo(Reason.REASON_LEASE_EXPIRED);
            awaitThat(() -> agent.sink.executorEnds.stream()
                    .anyMatch(ended -> ended.getExecutorId().equals("other")));
        }
    }

    @Test
    void handsNothingOverWhoseLeaseEndsWhileItIsWrittenDown() {
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            AtomicInteger asked = new AtomicInteger();

            agent.runner.launch(ExecutorFixture.task("u", spec()), () -> asked.getAndIncrement() == 0);

            assertThat(agent.awaitReport("u", TaskState.TASK_DROPPED).getReason())
                    .isEqualTo(Reason.REASON_LEASE_EXPIRED);
            agent.message("the next that it gets");
            executor.receive(MessageToExecutor.class);
        }
    }

    @Test
    void handsNothingOverWhoseLeaseEndsBeforeItLeaves() {
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            AtomicInteger asked = new AtomicInteger();

            agent.runner.launch(ExecutorFixture.task("u", spec()), () -> asked.getAndIncrement() < 2);

            assertThat(agent.awaitReport("u", TaskState.TASK_DROPPED).getReason())
                    .isEqualTo(Reason.REASON_LEASE_EXPIRED);
            agent.message("the next that it gets");
            executor.receive(MessageToExecutor.class);
        }
    }

    @Test
    void tellsAnExecutorToStopAndGivesItNoMoreTasks() {
        ExecutorSpec.Builder spec = spec().setShutdownGracePeriodMs(600_000);
        agent.launch("t", spec);
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);

            agent.stop();
            agent.launch("u", spec);

            assertThat(executor.receive(ExecutorShutdown.class).getGracePeriodMs())
                    .isEqualTo(600_000);
            executor.say("t", 1, TaskState.TASK_KILLED);
            assertThat(agent.awaitReport("u", TaskState.TASK_DROPPED).getReason())
                    .isEqualTo(Reason.REASON_EXECUTOR_TERMINATED);
        }
        agent.process("t").destroyForcibly();
        agent.awaitExecutorEnded();
        assertThat(agent.sink.statesOf("t")).containsExactly(TaskState.TASK_KILLED);
    }

    @Test
    void killsAnExecutorThatDoesNotStopAfterItsGracePeriod() {
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);

            agent.stop();

            assertThat(executor.receive(ExecutorShutdown.class).getGracePeriodMs())
                    .isEqualTo(500);
            agent.awaitExecutorEnded();
        }
        assertThat(agent.sink.executorEnds.get(0).getSignal()).isNotNull();
        assertThat(agent.awaitReport("t", TaskState.TASK_FAILED).getReason())
                .isEqualTo(Reason.REASON_EXECUTOR_TERMINATED);
    }

    @Test
    void dropsOnlyWhatItsExecutorCertainlyNeverHadWhenTheConnectionBreaks() {
        agent.launch("t");
        int count = 40;
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            executor.say("t", 1, TaskState.TASK_RUNNING);
            // More than a socket holds, of which the executor reads the first only.
            for (int i = 0; i < count; i++) {
                agent.runner.launch(ExecutorFixture.task("u-" + i, spec(), new byte[60_000]), () -> true);
            }
            agent.message("behind all launches");
            awaitThat(() -> journal().length() > 60_000L * count);
            assertThat(executor.receive(LaunchTask.class).getRequest().getTaskId())
                    .isEqualTo("u-0");
        }
        awaitThat(() -> states("u-").contains(TaskState.TASK_DROPPED));
        assertThat(states("u-")).containsOnly(TaskState.TASK_DROPPED);

        try (Puppet executor = agent.connect("t")) {
            executor.register(List.of(Puppet.has("t")), List.of());
            awaitThat(() -> states("u-").size() == count);
        }

        assertThat(states("u-")).containsOnly(TaskState.TASK_DROPPED, TaskState.TASK_FAILED);
        assertThat(agent.sink.statesOf("u-0")).containsExactly(TaskState.TASK_FAILED);
        assertThat(agent.sink.statesOf("u-" + (count - 1))).containsExactly(TaskState.TASK_DROPPED);
    }

    private File journal() {
        return journals()[0];
    }

    private File[] journals() {
        return Objects.requireNonNull(
                agent.workDir.resolve("executors/journals").toFile().listFiles());
    }

    /** All that was reported of tasks whose names begin so. */
    private List<TaskState> states(String prefix) {
        return agent.sink.reports.stream()
                .filter(report -> report.getTaskId().startsWith(prefix))
                .map(TaskReport::getState)
                .toList();
    }

    @Test
    void letsAnExecutorOfAnotherUserAndNobodyElseReachItsSocket() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        agent.launch("t", spec().setUser("nobody"));

        Path socket = Path.of(agent.environment("t").get("MILLRACE_EXECUTOR_SOCKET"));

        assertThat(Files.getOwner(socket).getName()).isEqualTo("nobody");
        assertThat(permissions(socket)).isEqualTo("rw-------");
        assertThat(Files.getOwner(socket.getParent()).getName()).isEqualTo("root");
        assertThat(permissions(socket.getParent())).isEqualTo("rwx--x--x");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
        }
    }

    @Test
    void takesADirectoryBackThatWasAnExecutorsUsersWithoutFollowingItsLinks() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        agent.launch("t", spec().setUser("nobody"));
        Path socket = Path.of(agent.environment("t").get("MILLRACE_EXECUTOR_SOCKET"));
        Path secret = Files.writeString(directory.resolve("secret"), "s");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("r--------"));
        agent.runner.close();
        Files.delete(socket);
        Files.createSymbolicLink(socket, secret);
        Files.setOwner(socket.getParent(), Files.getOwner(agent.sandbox("t")));

        agent.restart();

        assertThat(Files.getOwner(socket.getParent()).getName()).isEqualTo("root");
        assertThat(permissions(secret)).isEqualTo("r--------");
        assertThat(Files.isSymbolicLink(socket)).isFalse();
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void saysThatAnExecutorEndedWhichIsToStopAndIsNotHere() {
        agent.stop();

        agent.awaitExecutorEnded();
        assertThat(agent.sink.executorEnds.get(0).getExecutorId()).isEqualTo("e");
        assertThat(Validator.faults(agent.sink.executorEnds.get(0))).isEmpty();
    }

    @Test
    void passesAMessageOnBehindTheLaunchesThatCameBeforeIt() {
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            CompletableFuture<Boolean> lease = new CompletableFuture<>();

            agent.runner.launch(ExecutorFixture.task("u", spec()), lease::join);
            agent.launch("v");
            agent.message("for v");
            lease.complete(true);

            executor.receive(LaunchTask.class);
            executor.receive(LaunchTask.class);
            executor.receive(MessageToExecutor.class);
        }
    }

    @Test
    void passesMessagesOnBothWays() {
        agent.launch("t");
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);

            agent.message("down");
            executor.message("up");

            assertThat(executor.receive(MessageToExecutor.class).getData())
                    .isEqualTo(StandardCharsets.UTF_8.encode("down"));
            awaitThat(() -> agent.sink.messages.size() == 1);
            assertThat(agent.sink.messages.get(0).getExecutorId()).isEqualTo("e");
            assertThat(Validator.faults(agent.sink.messages.get(0))).isEmpty();
        }
    }
}
