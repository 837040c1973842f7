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
        awaitThat(() -> agent.runner.attempts().get(0).getState() == TaskState.TASK_KILLING);

        agent.kill("t", 0);

        assertThat(agent.awaitEnd("t").getState()).isEqualTo(TaskState.TASK_KILLED);
    }

    @Test
    void asksAndKillsTheWholeTreeAlsoInOtherProcessGroupsAndSessions() {
        agent.run(shell("t", """
                trap : TERM
                sh -c 'echo $$ >child; trap "echo asked >child-asked; exit" TERM; while :; do sleep 1000 & wait $!; done' &
                perl -e 'setpgrp; $SIG{TERM} = sub { open F, ">group-asked"; print F "asked\\n"; close F };
                    open F, ">group"; print F "$$\\n"; close F; sleep 1000 while 1' &
                setsid sh -c 'echo $$ >session; trap "" TERM; exec sleep 1000' &
                echo $$ >main
                while :; do wait; done
                """));
        long[] pids = {line("main"), line("child"), line("group"), line("session")};

        agent.kill("t", 500);

        assertThat(agent.awaitLine("t", "child-asked")).isEqualTo("asked");
        assertThat(agent.awaitLine("t", "group-asked")).isEqualTo("asked");
        assertThat(agent.awaitEnd("t").getSignal()).isEqualTo(9);
        for (long pid : pids) {
            awaitDeath(pid);
        }
    }

    private long line(String file) {
        return Long.parseLong(agent.awaitLine("t", file));
    }

    @Test
    void goesOnKillingAfterARestart() {
        agent.run(shell("t", DEAF));
        agent.awaitLine("t", "pid");
        agent.kill("t", 1_000);
        awaitThat(() -> agent.runner.attempts().get(0).getState() == TaskState.TASK_KILLING);

        agent.restart();

        assertThat(agent.runner.attempts())
                .singleElement()
                .satisfies(task -> assertThat(task.getState()).isEqualTo(TaskState.TASK_KILLING));
        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getState()).isEqualTo(TaskState.TASK_KILLED);
        assertThat(end.getSignal()).isEqualTo(9);
    }

    @Test
    void goesOnKillingAfterARestartOnAFullDisk() throws IOException {
        agent.run(shell("t", DEAF));
        agent.awaitLine("t", "pid");
        // As on a full disk, no new file can be written.
        Path obstacle = agent.attempt("t").resolve("kill.new/obstacle");
        Files.createDirectory(obstacle.getParent());
        Files.createFile(obstacle);
        agent.runner.kill(KillTask.newBuilder(killOf("t", 1_000))
                .setMessage("not needed ".repeat(100))
                .build());
        awaitThat(() -> agent.runner.attempts().get(0).getState() == TaskState.TASK_KILLING);

        agent.restart();

        TaskReport end = agent.awaitEnd("t");
        assertThat(end.getState()).isEqualTo(TaskState.TASK_KILLED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_KILL_REQUESTED);
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
    void endsATaskThatRunsForTooLong() {
        TaskReport end = agent.runToEnd(argv("t", "sleep", "1000").setMaxRunTimeMs(200L));

        assertThat(end.getState()).isEqualTo(TaskState.TASK_FAILED);
        assertThat(end.getReason()).isEqualTo(Reason.REASON_MAX_COMPLETION_TIME_REACHED);
        assertThat(end.getMessage()).isEqualTo("ran for longer than 200 ms");
        assertThat(end.getSignal()).isEqualTo(15);
        assertThat(Duration.between(end.getStartedAt(), end.getEndedAt())).isGreaterThan(Duration.ofMillis(180));
    }

    @Test
    void keepsNoTimersOfTasksThatEndedInTime() {
        agent.runToEnd(argv("t", "true").setMaxRunTimeMs(NEVER_MS));

        agent.awaitIdle();

        awaitThat(() -> agent.runner.waiting() == 0);
    }

    @Test
    void countsTheRunTimeFromTheStartAlsoAfterARestart() {
        agent.run(shell("t", DEAF).setMaxRunTimeMs(1_200L).setKillPolicy(new KillPolicy(0L)));
        agent.awaitLine("t", "pid");
        agent.restart();

        TaskReport end = agent.awaitEnd("t");

        assertThat(end.getReason()).isEqualTo(Reason.REASON_MAX_COMPLETION_TIME_REACHED);
        assertThat(Duration.between(end.getStartedAt(), end.getEndedAt()))
                .isBetween(Duration.ofMillis(1_180), Duration.ofSeconds(20));
    }

    @Test
    void callsATaskKilledThatSomebodyWantedKilledAfterItsTimeWasUp() {
        agent.run(shell("t", DEAF).setMaxRunTimeMs(1_500L).setKillPolicy(new KillPolicy(NEVER_MS)));
        agent.awaitLine("t", "pid");
        awaitThat(() -> agent.runner.attempts().get(0).getState() == TaskState.TASK_KILLING);

        agent.kill("t", 0);

        assertThat(agent.awaitEnd("t").getState()).isEqualTo(TaskState.TASK_KILLED);
    }
}
