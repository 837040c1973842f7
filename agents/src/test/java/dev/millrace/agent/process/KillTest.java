package dev.millrace.agent.process;

import static dev.millrace.agent.process.RunnerFixture.argv;
import static dev.millrace.agent.process.RunnerFixture.awaitDeath;
import static dev.millrace.agent.process.RunnerFixture.awaitThat;
import static dev.millrace.agent.process.RunnerFixture.isAlive;
import static dev.millrace.agent.process.RunnerFixture.killOf;
import static dev.millrace.agent.process.RunnerFixture.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.KillPolicy;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LogStream;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KillTest {
    /** Longer than any test waits. */
    private static final long NEVER_MS = 3_600_000;

    private static final String DEAF = "trap '' TERM; echo $$ >pid; while :; do sleep 1000 & wait $!; done";

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

    @Test
    void endsATaskWithSigterm() {
        agent.run(argv("t", "sleep", "1000"));
        agent.awaitRunning("t");

        agent.kill("t", NEVER_MS);

        TaskReport end = agent.awaitEnd("t");
        assertThat(agent.sink.statesOf("t")).containsExactly(TaskState.TASK_RUNNING, TaskState.TASK_KILLED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_KILL_REQUESTED);
        assertThat(end.getSignal()).isEqualTo(15);
        assertThat(end.getExitCode()).isNull();
    }

    @Test
    void tellsTheMessageAndTheExitCodeOfATaskThatEndsItselfWhenAsked() {
        agent.run(shell("t", "trap 'echo bye; exit 0' TERM; echo $$ >pid; while :; do sleep 1000 & wait $!; done"));
        agent.awaitLine("t", "pid");

        agent.runner.kill(KillTask.newBuilder(killOf("t", NEVER_MS))
                .setMessage("not needed any more")
                .build());

        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getState()).isEqualTo(TaskState.TASK_KILLED);
        assertThat(end.getExitCode()).isZero();
        assertThat(end.getMessage()).isEqualTo("killed: not needed any more");
        assertThat(agent.awaitOutput("t", LogStream.STDOUT)).isEqualTo("bye\n");
    }

    @Test
    void killsATaskThatIgnoresSigtermAfterTheGracePeriod() {
        agent.run(shell("t", DEAF));
        agent.awaitLine("t", "pid");
        long startNs = System.nanoTime();

        agent.kill("t", 300);

        assertThat(agent.awaitEnd("t").getSignal()).isEqualTo(9);
        assertThat(Duration.ofNanos(System.nanoTime() - startNs)).isGreaterThanOrEqualTo(Duration.ofMillis(290));
    }

    @Test
    void takesTheGracePeriodOfTheTasksOwnPolicyIfTheOrderHasNone() {
        agent.run(shell("t", DEAF).setKillPolicy(new KillPolicy(0L)));
        agent.awaitLine("t", "pid");

        agent.runner.kill(
                KillTask.newBuilder(killOf("t", 0)).setGracePeriodMs(null).build());

        assertThat(agent.awaitEnd("t").getSignal()).isEqualTo(9);
    }

    @Test
    void shortensTheGracePeriodWhenAskedAgain() {
        agent.run(shell("t", DEAF));
        agent.awaitLine("t", "pid");
        agent.kill("t", NEVER_MS);
        awaitThat(this::isBeingKilled);

        agent.kill("t", 0);

        assertThat(agent.awaitEnd("t").getState()).isEqualTo(TaskState.TASK_KILLED);
    }

    @Test
    void asksAndKillsTheWholeTreeAlsoInOtherProcessGroupsAndSessions() {
        agent.run(shell("t", """
                trap : TERM
                sh -c 'trap "echo asked >child-asked; exit" TERM; echo $$ >child; while :; do sleep 1000 & wait $!; done' &
                perl -e 'setpgrp; $SIG{TERM} = sub { open F, ">group-asked"; print F "asked\\n"; close F };
                    open F, ">group"; print F "$$\\n"; close F; sleep 1000 while 1' &
                setsid sh -c 'trap "" TERM; echo $$ >session; exec sleep 1000' &
                echo $$ >main
                while :; do wait; done
                """));
        long[] pids = {line("main"), line("child"), line("group"), line("session")};

        agent.kill("t", NEVER_MS);
        assertThat(agent.awaitLine("t", "child-asked")).isEqualTo("asked");
        assertThat(agent.awaitLine("t", "group-asked")).isEqualTo("asked");
        agent.kill("t", 0);

        assertThat(agent.awaitEnd("t").getSignal()).isEqualTo(9);
        for (long pid : pids) {
            awaitDeath(pid);
        }
    }

    private long line(String file) {
        return Long.parseLong(agent.awaitLine("t", file));
    }

    @Test
    void goesOnKillingAfterARestart() throws IOException {
        agent.run(shell("t", DEAF));
        agent.awaitLine("t", "pid");
        agent.kill("t", NEVER_MS);
        awaitThat(this::isBeingKilled);

        agent.restart();
        assertThat(isBeingKilled()).isTrue();
        agent.runner.close();
        // As if the grace period had ended in between.
        Files.writeString(
                agent.attempt("t").resolve("kill"),
                new KillOrder(KillOrder.Cause.KILL_REQUESTED, 0, "killed").toText());
        agent.restart();

        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getState()).isEqualTo(TaskState.TASK_KILLED);
        assertThat(end.getSignal()).isEqualTo(9);
    }

    private boolean isBeingKilled() {
        return agent.runner.attempts().get(0).getState() == TaskState.TASK_KILLING;
    }

    @Test
    void goesOnKillingAfterARestartOnAFullDisk() throws IOException {
        agent.run(shell("t", DEAF));
        agent.awaitLine("t", "pid");
        // As on a full disk, no new file can be written.
        Path obstacle = agent.attempt("t").resolve("kill.new/obstacle");
        Files.createDirectory(obstacle.getParent());
        Files.createFile(obstacle);
        agent.runner.kill(KillTask.newBuilder(killOf("t", NEVER_MS))
                .setMessage("not needed ".repeat(100))
                .build());
        awaitThat(this::isBeingKilled);

        agent.restart();

        assertThat(isBeingKilled()).isTrue();
        agent.kill("t", 0);
        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getState()).isEqualTo(TaskState.TASK_KILLED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_KILL_REQUESTED);
        assertThat(end.getMessage())
                .as("the first order counts, as far as there was room for it")
                .startsWith("killed: not needed not needed");
    }

    @Test
    void killsATaskWhoseShimIsGone() {
        agent.run(shell("t", "echo $$ >pid; exec sleep 1000"));
        long pid = Long.parseLong(agent.awaitLine("t", "pid"));
        RunnerFixture.sigkill(agent.started("t").shim().pid());
        awaitDeath(agent.started("t").shim().pid());
        assertThat(isAlive(pid)).isTrue();

        agent.kill("t", 0);

        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getState()).isEqualTo(TaskState.TASK_KILLED);
        assertThat(end.getExitCode()).isNull();
        assertThat(isAlive(pid)).isFalse();
    }

    @Test
    void endsATaskWithSigtermThatStoppedItsWholeProcessGroupAndItsShimWithIt() {
        agent.run(shell("t", "echo $$ >pid; kill -STOP 0; exec sleep 1000"));
        awaitStopped(line("pid"));
        awaitStopped(agent.started("t").shim().pid());

        agent.kill("t", NEVER_MS);

        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getState()).isEqualTo(TaskState.TASK_KILLED);
        assertThat(end.getSignal()).isEqualTo(15);
    }

    @Test
    void killsATaskThatStopsItsWholeProcessGroupAndItsShimWithItAgainAndAgain() {
        agent.run(shell("t", "trap '' TERM; echo $$ >pid; while :; do kill -STOP 0; done"));
        awaitStopped(line("pid"));
        awaitStopped(agent.started("t").shim().pid());

        agent.kill("t", 100);

        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getState()).isEqualTo(TaskState.TASK_KILLED);
        assertThat(end.getSignal()).isEqualTo(9);
        awaitDeath(agent.started("t").shim().pid());
    }

    @Test
    void doesNotWaitForAShimThatNeverComesRound() throws Exception {
        agent.run(shell("t", "echo $$ >pid; exec sleep 1000"));
        line("pid");
        long shim = agent.started("t").shim().pid();
        // Stopped again whenever it is told to go on, as a debugger would.
        Process stopper = new ProcessBuilder("sh", "-c", "while kill -STOP " + shim + "; do :; done").start();
        awaitStopped(shim);

        agent.kill("t", 0);

        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getState()).isEqualTo(TaskState.TASK_KILLED);
        assertThat(stopper.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(isAlive(shim)).isFalse();
    }

    private static void awaitStopped(long pid) {
        awaitThat(() -> ProcStat.parse(Files.readString(Path.of("/proc/" + pid + "/stat")))
                .orElseThrow()
                .isStopped());
    }

    @Test
    void leavesATaskThatHasExitedByItselfAsItIs() {
        agent.runToEnd(argv("t", "true"));

        agent.kill("t", 0);

        awaitThat(() -> agent.sink.reportsOf("t").size() == 3);
        assertThat(agent.sink.statesOf("t"))
                .as("the end is told again, for it does not seem to be known")
                .containsExactly(TaskState.TASK_RUNNING, TaskState.TASK_FINISHED, TaskState.TASK_FINISHED);
        assertThat(agent.sink.reportsOf("t").get(2))
                .isEqualTo(agent.sink.reportsOf("t").get(1));
    }

    @Test
    void leavesNothingOpenOfTasksThatAreKilledWhileTheyAreStarted() {
        int count = 100;
        for (int i = 0; i < count; i++) {
            agent.run(shell("t-" + i, "exec sleep 1000"));
            agent.kill("t-" + i, 0);
        }

        agent.awaitIdle();

        assertThat(agent.sink.ends())
                .hasSize(count)
                .allSatisfy(end -> assertThat(end.getState()).isEqualTo(TaskState.TASK_KILLED));
        // A shim that finds its claim taken notes its end all the same, and may do so after all else is over.
        awaitThat(() -> agent.files("ends").isEmpty());
    }

    @Test
    void ignoresAKillForAnUnknownAttempt() {
        agent.kill("nobody", 0);

        agent.runToEnd(argv("t", "true"));
        assertThat(agent.sink.reportsOf("nobody")).isEmpty();
    }

    @Test
    void endsATaskThatRunsForTooLong() throws IOException {
        TaskReport end = agent.runToEnd(argv("t", "sleep", "1000").setMaxRunTimeMs(200L));

        assertThat(end.getState()).isEqualTo(TaskState.TASK_FAILED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_MAX_COMPLETION_TIME_REACHED);
        assertThat(end.getMessage()).isEqualTo("ran for longer than 200 ms");
        assertThat(end.getSignal()).isEqualTo(15);
        assertThat(ranMs("t")).isGreaterThanOrEqualTo(200 - ProcStat.MS_PER_TICK);
    }

    /** How long an ended task ran by the clock that its limit goes by, to within a tick. */
    private long ranMs(String taskId) throws IOException {
        agent.awaitIdle();
        String exit = Files.readString(agent.attempt(taskId).resolve("exit"));
        long exitMs =
                Exit.ofText(exit, false, Instant.EPOCH).map(Exit::uptimeMs).orElseThrow();
        return exitMs - agent.started(taskId).task().startTicks() * ProcStat.MS_PER_TICK;
    }

    @Test
    void keepsNoTimersOfTasksThatEndedInTime() {
        agent.runToEnd(argv("t", "true").setMaxRunTimeMs(NEVER_MS));

        agent.awaitIdle();

        awaitThat(() -> agent.runner.waiting() == 0);
    }

    @Test
    void countsTheRunTimeFromTheStartAlsoAfterARestart() throws IOException {
        agent.run(shell("t", DEAF).setMaxRunTimeMs(1_200L).setKillPolicy(new KillPolicy(0L)));
        agent.awaitRunning("t");
        // The end may come before the restart where that takes long.
        agent.restartWith(agent.sink);

        TaskReport end = agent.awaitEnd("t");

        assertThat(end.getReason()).isEqualTo(Reason.REASON_MAX_COMPLETION_TIME_REACHED);
        assertThat(ranMs("t")).isBetween(1_200 - ProcStat.MS_PER_TICK, 20_000L);
    }

    @Test
    void callsATaskKilledThatSomebodyWantedKilledAfterItsTimeWasUp() {
        agent.close();
        // What is ignored from the start stays so; a task that has yet to set a trap may hear the signal before.
        agent = new RunnerFixture(
                directory.resolve("deaf"),
                config -> config.withLauncher(
                        List.of("setsid", "sh", "-c", "trap '' TERM; exec \"$@\"", "deaf-launcher")));
        agent.run(argv("t", "sleep", "1000").setMaxRunTimeMs(1L).setKillPolicy(new KillPolicy(NEVER_MS)));
        agent.awaitRunning("t");
        awaitThat(this::isBeingKilled);

        agent.kill("t", 0);

        assertThat(agent.awaitEnd("t").getState()).isEqualTo(TaskState.TASK_KILLED);
    }
}
