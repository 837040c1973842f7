package dev.millrace.agent.process;

import static dev.millrace.agent.process.RunnerFixture.argv;
import static dev.millrace.agent.process.RunnerFixture.awaitDeath;
import static dev.millrace.agent.process.RunnerFixture.awaitThat;
import static dev.millrace.agent.process.RunnerFixture.shell;
import static dev.millrace.agent.process.RunnerFixture.sigkill;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentTask;
import dev.millrace.contract.LogStream;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecoveryTest {
    private static final String UNTIL_TOLD = "echo $$ >pid; until [ -e go ]; do sleep 0.01; done; ";

    @TempDir
    Path directory;

    private RunnerFixture agent;

    @BeforeEach
    void open() {
        agent = new RunnerFixture(directory.resolve("work"));
    }

    @AfterEach
    void close() {
        agent.close();
    }

    /** A runner whose shims stop before they begin. */
    private void openWithStoppingShims() {
        agent.close();
        agent = new RunnerFixture(directory.resolve("stopping"), StoppedShims::configure);
    }

    private long awaitStoppedShim(String taskId) {
        return StoppedShims.await(agent.workDir, taskId);
    }

    private static void resume(long shim) {
        StoppedShims.resume(shim);
    }

    private void tell(String taskId) throws IOException {
        Files.createFile(agent.sandbox(taskId).resolve("go"));
    }

    @Test
    void goesOnWithATaskThatRuns() throws Exception {
        agent.run(shell("t", UNTIL_TOLD + "exit 9"));
        TaskReport running = agent.awaitRunning("t");
        agent.awaitLine("t", "pid");

        agent.restart();

        assertThat(agent.runner.attempts()).singleElement().satisfies(task -> {
            assertThat(task.getState()).isEqualTo(TaskState.TASK_RUNNING);
            assertThat(task.getReportSequence()).isEqualTo(1);
            assertThat(task.getStartedAt()).isEqualTo(running.getStartedAt());
            assertThat(task.getResources().getMemMib()).isEqualTo(32);
        });
        tell("t");
        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getExitCode()).isEqualTo(9);
        assertThat(end.getReportSequence()).isEqualTo(2);
        assertThat(end.getStartedAt()).isEqualTo(running.getStartedAt());
    }

    @Test
    void doesNotReportAgainWhatWasAcknowledged() throws Exception {
        agent.run(shell("t", UNTIL_TOLD));
        agent.awaitRunning("t");
        awaitThat(() -> Files.exists(agent.attempt("t").resolve("acknowledged")));

        agent.restart();
        tell("t");
        agent.awaitEnd("t");

        assertThat(agent.sink.statesOf("t")).containsExactly(TaskState.TASK_FINISHED);
    }

    @Test
    void reportsAgainWhatWasNotAcknowledged() throws Exception {
        agent.sink.broken = true;
        agent.run(shell("t", UNTIL_TOLD));
        TaskReport running = agent.awaitRunning("t");

        agent.restart();

        assertThat(agent.awaitRunning("t")).isEqualTo(running);
        tell("t");
        assertThat(agent.awaitEnd("t").getReportSequence()).isEqualTo(2);
    }

    @Test
    void reportsWhatEndedWhileItWasAway() throws Exception {
        agent.run(shell("t", UNTIL_TOLD + "echo done; exit 4"));
        agent.awaitRunning("t");
        agent.runner.close();
        tell("t");
        Path exit = agent.workDir.resolve("ends/t@1");
        awaitThat(() -> Files.readString(exit).startsWith("4 ")
                && Files.readString(exit).contains("\n"));

        agent.restart();

        assertThat(agent.runner.attempts()).isEmpty();
        assertThat(agent.sink.ends())
                .as("the end is handed over before the runner can be asked anything")
                .singleElement()
                .satisfies(end -> assertThat(end.getExitCode()).isEqualTo(4));
        assertThat(agent.awaitOutput("t", LogStream.STDOUT)).isEqualTo("done\n");
    }

    @Test
    void reportsAnEndAgainThatWasNotAcknowledged() {
        agent.sink.broken = true;
        TaskReport first = agent.runToEnd(shell("t", "exit 4"));

        agent.restart();

        assertThat(withoutMemory(agent.awaitEnd("t"))).isEqualTo(withoutMemory(first));
        agent.awaitIdle();
    }

    /** A runner that never saw the task alive has not measured it, and one that did may have. */
    private static TaskReport withoutMemory(TaskReport report) {
        return TaskReport.newBuilder(report).setPeakMemoryBytes(null).build();
    }

    @Test
    void dropsAnAttemptWhoseShimIsKilledBeforeItHasTheClaim() {
        openWithStoppingShims();
        agent.run(shell("t", "touch ran"));

        sigkill(awaitStoppedShim("t"));

        TaskReport end = agent.awaitEnd("t");
        assertThat(agent.sink.statesOf("t")).containsExactly(TaskState.TASK_DROPPED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_CONTAINER_LAUNCH_FAILED);
        assertThat(end.getReportSequence()).isEqualTo(1);
        assertThat(agent.sandbox("t").resolve("ran")).doesNotExist();
    }

    @Test
    void dropsAnIntentWithoutAClaimAndKeepsALateShimFromStartingIt() throws Exception {
        openWithStoppingShims();
        agent.run(shell("t", "touch ran"));
        long shim = awaitStoppedShim("t");
        assertThat(agent.runner.attempts()).extracting(AgentTask::getState).containsExactly(TaskState.TASK_STAGING);

        agent.restart();

        assertThat(agent.awaitEnd("t").getState()).isEqualTo(TaskState.TASK_DROPPED);
        assertThat(agent.sink.ends().get(0).getReason()).isEqualTo(Reason.REASON_AGENT_RESTARTED);
        agent.awaitIdle();
        resume(shim);
        awaitDeath(shim);
        assertThat(agent.sandbox("t").resolve("ran")).doesNotExist();
        assertThat(agent.sink.reportsOf("t")).hasSize(1);
        awaitThat(() -> agent.files("ends").isEmpty());
    }

    @Test
    void tellsAgainHowAnAttemptEndedThatItTookTheClaimOf() {
        openWithStoppingShims();
        agent.run(shell("t", "touch ran"));
        long shim = awaitStoppedShim("t");
        RecordingSink broken = new RecordingSink();
        broken.broken = true;
        agent.restartWith(broken);
        TaskReport first = agent.awaitEnd("t");

        agent.restart();

        assertThat(agent.awaitEnd("t").getState()).isEqualTo(first.getState());
        assertThat(agent.awaitEnd("t").getReason()).isEqualTo(first.getReason());
        assertThat(agent.awaitEnd("t").getReportSequence()).isEqualTo(1);
        sigkill(shim);
    }

    @Test
    void saysNothingOfAnAttemptWhileItsClaimCannotBeTakenAndItsShimMayYetHaveIt() throws Exception {
        openWithStoppingShims();
        agent.run(shell("t", UNTIL_TOLD + "exit 7"));
        long shim = awaitStoppedShim("t");
        keepAgentsFromTheClaim("t");

        agent.restart();

        assertThat(agent.runner.attempts()).extracting(AgentTask::getState).containsExactly(TaskState.TASK_STAGING);
        resume(shim);
        agent.awaitRunning("t");
        tell("t");
        assertThat(agent.awaitEnd("t").getExitCode()).isEqualTo(7);
        assertThat(agent.sink.statesOf("t")).containsExactly(TaskState.TASK_RUNNING, TaskState.TASK_FAILED);
    }

    @Test
    void takesAClaimAsSoonAsTheDiskLetsIt() throws Exception {
        openWithStoppingShims();
        agent.run(shell("t", "touch ran"));
        long shim = awaitStoppedShim("t");
        Path obstacle = keepAgentsFromTheClaim("t");
        agent.restart();
        assertThat(agent.runner.attempts()).hasSize(1);

        Files.delete(obstacle);
        Files.delete(obstacle.getParent());

        assertThat(agent.awaitEnd("t").getReason()).isEqualTo(Reason.REASON_AGENT_RESTARTED);
        resume(shim);
        awaitDeath(shim);
        assertThat(agent.sandbox("t").resolve("ran")).doesNotExist();
    }

    @Test
    void killsATaskWhoseClaimCouldNotBeTakenOnceItsShimHasIt() throws Exception {
        openWithStoppingShims();
        agent.run(shell("t", "exec sleep 1000"));
        long shim = awaitStoppedShim("t");
        keepAgentsFromTheClaim("t");

        agent.kill("t", 60_000);
        resume(shim);

        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getReason()).isEqualTo(Reason.REASON_KILL_REQUESTED);
        assertThat(end.getReportSequence()).isEqualTo(2);
    }

    /** As a full or faulty disk would; the shim needs less. */
    private Path keepAgentsFromTheClaim(String taskId) throws IOException {
        Path obstacle = agent.attempt(taskId).resolve("claim.agent/obstacle");
        Files.createDirectory(obstacle.getParent());
        return Files.createFile(obstacle);
    }

    @Test
    void killsAnAttemptThatHasNoClaimYetByTakingIt() throws Exception {
        openWithStoppingShims();
        agent.run(shell("t", "touch ran"));
        long shim = awaitStoppedShim("t");

        agent.kill("t", 1_000);

        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getState()).isEqualTo(TaskState.TASK_KILLED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_TASK_KILLED_DURING_LAUNCH);
        resume(shim);
        awaitDeath(shim);
        assertThat(agent.sandbox("t").resolve("ran")).doesNotExist();
    }

    @Test
    void goesOnWithASlowShimThatTakesTheClaimInTheEnd() throws Exception {
        openWithStoppingShims();
        agent.run(shell("t", "exit 3"));

        resume(awaitStoppedShim("t"));

        assertThat(agent.awaitEnd("t").getExitCode()).isEqualTo(3);
    }

    @Test
    void saysThatTheExitCodeIsUnknownWhenAllProcessesAreGone() {
        agent.run(shell("t", UNTIL_TOLD));
        long pid = Long.parseLong(agent.awaitLine("t", "pid"));
        long shim = agent.started("t").shim().pid();
        agent.runner.close();
        sigkill(shim);
        sigkill(pid);
        awaitDeath(shim);
        awaitDeath(pid);

        agent.restart();

        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getState()).isEqualTo(TaskState.TASK_FAILED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_EXIT_UNKNOWN);
        assertThat(end.getExitCode()).isNull();
    }

    @Test
    void watchesATaskWhoseShimWasKilledUntilItIsGone() throws Exception {
        agent.run(shell("t", UNTIL_TOLD));
        agent.awaitLine("t", "pid");
        sigkill(agent.started("t").shim().pid());
        awaitDeath(agent.started("t").shim().pid());
        assertThat(agent.sink.ends()).isEmpty();

        tell("t");

        assertThat(agent.awaitEnd("t").getReason()).isEqualTo(Reason.REASON_EXIT_UNKNOWN);
    }

    @Test
    void saysThatTheMachineWasBooted() throws Exception {
        agent.run(shell("t", UNTIL_TOLD));
        long pid = Long.parseLong(agent.awaitLine("t", "pid"));
        long shim = agent.started("t").shim().pid();
        agent.runner.close();
        sigkill(shim);
        sigkill(pid);
        awaitDeath(shim);
        awaitDeath(pid);
        agent.pretendABoot("t");

        agent.restart();

        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getState()).isEqualTo(TaskState.TASK_FAILED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_AGENT_REBOOTED);
    }

    @Test
    void doesNotClaimThatAnAttemptNeverRanAfterABoot() throws Exception {
        openWithStoppingShims();
        agent.run(shell("t", "true"));
        long shim = awaitStoppedShim("t");
        agent.runner.close();
        sigkill(shim);
        awaitDeath(shim);
        agent.pretendABoot("t");

        agent.restart();

        assertThat(agent.awaitEnd("t").getReason()).isEqualTo(Reason.REASON_AGENT_REBOOTED);
    }

    @Test
    void dropsAnAttemptWhoseIntentIsNotWhole() throws Exception {
        agent.runner.close();
        Files.createDirectories(agent.attempt("jobs+t").resolve("sandbox"));
        Files.write(agent.workDir.resolve("open/jobs+t@1"), new byte[] {'x'});

        agent.restart();

        assertThat(agent.awaitEnd("jobs/t").getState()).isEqualTo(TaskState.TASK_DROPPED);
        agent.awaitIdle();
    }

    @Test
    void doesNotForgetTasksWhenManyRestartsFollowEachOther() throws Exception {
        for (int i = 0; i < 5; i++) {
            agent.run(shell("t-" + i, UNTIL_TOLD + "exit " + i));
            agent.awaitLine("t-" + i, "pid");
            agent.restart();
            assertThat(agent.runner.attempts()).hasSize(i + 1);
        }
        for (int i = 0; i < 5; i++) {
            tell("t-" + i);
            assertThat(agent.awaitEnd("t-" + i).getExitCode()).isEqualTo(i);
        }
    }

    @Test
    void startsNothingTwiceAlthoughRunnersAreClosedWhileTheyStartTasks() {
        int count = Integer.getInteger("millrace.churn.tasks", 60);
        for (int i = 0; i < count; i++) {
            agent.run(shell("t-" + i, "echo started >>../starts"));
            if (i % 20 == 10) {
                RecordingSink before = agent.sink;
                agent.restart();
                before.reports.forEach(agent.sink.reports::add);
            }
        }
        agent.awaitIdle();

        for (int i = 0; i < count; i++) {
            Path starts = agent.attempt("t-" + i).resolve("starts");
            List<TaskState> states = agent.sink.statesOf("t-" + i);
            if (states.contains(TaskState.TASK_FINISHED)) {
                assertThat(starts).hasContent("started\n");
            } else {
                // Closed before there was an intent: the next registration does not list it. Or it was dropped.
                assertThat(states).isSubsetOf(TaskState.TASK_DROPPED);
                assertThat(starts).doesNotExist();
            }
        }
    }

    @Test
    void doesNotTouchWhatIsInItsDirectoryAndNotItsOwn() throws Exception {
        agent.runner.close();
        Path foreign = agent.workDir.resolve("open/README");
        Files.writeString(foreign, "not an attempt");

        agent.restart();

        assertThat(agent.runner.attempts()).isEmpty();
        assertThat(foreign).exists();
        Files.delete(foreign);
        assertThat(agent.runToEnd(argv("t", "true")).getState()).isEqualTo(TaskState.TASK_FINISHED);
    }
}
