package dev.millrace.agent.process;

import static dev.millrace.agent.process.RunnerFixture.awaitDeath;
import static dev.millrace.agent.process.RunnerFixture.awaitThat;
import static dev.millrace.agent.process.RunnerFixture.isAlive;
import static dev.millrace.agent.process.RunnerFixture.shell;
import static dev.millrace.agent.process.RunnerFixture.sigkill;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is killed of a session whose task is over, and above all what is not: another session may have its number by then. */
class BurialTest {
    private static final String ASLEEP = "echo $$ >pid; exec sleep 1000";
    private static final String UNTIL_TOLD = "echo $$ >pid; until [ -e go ]; do sleep 0.01; done";
    /** Leaves a process behind that is in the task's session, and in a process group of its own. */
    private static final String LEAVES_ONE_BEHIND =
            "perl -e 'setpgrp; open F, \">left\"; print F \"$$\\n\"; close F; sleep 1000 while 1' & "
                    + "until [ -s left ]; do sleep 0.01; done; ";

    @TempDir
    Path directory;

    private RunnerFixture agent;
    /** Leads a session that has nothing to do with any task. */
    private Process foreign;

    @BeforeEach
    void open() throws Exception {
        agent = new RunnerFixture(directory.resolve("work"));
        foreign = startForeign();
    }

    @AfterEach
    void close() {
        try {
            // Some tests have closed the runner, perhaps before it had put away what was over.
            agent.restart();
            agent.close();
        } finally {
            foreign.destroyForcibly();
        }
    }

    private static Process startForeign() throws IOException {
        Process process = new ProcessBuilder("setsid", "cat").start();
        awaitThat(() -> stat(process.pid()).session() == process.pid());
        return process;
    }

    /** Sees it do something: a process that has just been killed may still be there. */
    private void assertThatTheForeignSessionLives() throws IOException {
        try (Writer writer = foreign.outputWriter();
                BufferedReader reader = foreign.inputReader()) {
            writer.write("still here\n");
            writer.flush();
            assertThat(reader.readLine()).isEqualTo("still here");
        }
    }

    private static ProcStat stat(long pid) throws IOException {
        return ProcStat.parse(Files.readString(Path.of("/proc/" + pid + "/stat")))
                .orElseThrow();
    }

    /** Makes the files say that the task's session had the number that the foreign one has now. */
    private void giveItsNumberToTheForeignSession(String taskId) throws IOException {
        ProcStat shim = agent.started(taskId).shim();
        Path file = agent.attempt(taskId).resolve("started");
        List<String> lines = Files.readAllLines(file);
        lines.set(
                0,
                "%1$d (sh) S 1 %1$d %1$d 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 %2$d 0 0"
                        .formatted(foreign.pid(), shim.startTicks() - 1_000));
        Files.write(file, lines);
    }

    private void runAndKillUnseen(String taskId) {
        agent.run(shell(taskId, ASLEEP));
        long pid = Long.parseLong(agent.awaitLine(taskId, "pid"));
        long shim = agent.started(taskId).shim().pid();
        agent.runner.close();
        sigkill(shim);
        sigkill(pid);
        awaitDeath(shim);
        awaitDeath(pid);
    }

    /** Lets the task's end be reported and all burials be done. */
    private Reason endOf(String taskId) {
        agent.restart();
        Reason reason = agent.awaitEnd(taskId).getReason();
        agent.runner.close();
        return reason;
    }

    @Test
    void sparesTheSessionThatHasTheNumberOfATaskThatIsGone() throws Exception {
        runAndKillUnseen("t");
        giveItsNumberToTheForeignSession("t");

        assertThat(endOf("t")).isEqualTo(Reason.REASON_EXIT_UNKNOWN);

        assertThatTheForeignSessionLives();
    }

    @Test
    void sparesTheSessionThatHasTheNumberOfATaskThatExited() throws Exception {
        agent.run(shell("t", UNTIL_TOLD));
        agent.awaitLine("t", "pid");
        agent.runner.close();
        foreign.destroyForcibly().waitFor();
        Files.createFile(agent.sandbox("t").resolve("go"));
        awaitThat(() -> Files.readString(agent.workDir.resolve("ends/t@1")).contains("\n"));
        long exitMs = Machine.detect().uptimeMs();
        awaitThat(() -> Machine.detect().uptimeMs() > exitMs + 2 * ProcStat.MS_PER_TICK);
        foreign = startForeign();
        giveItsNumberToTheForeignSession("t");

        assertThat(endOf("t")).isEqualTo(Reason.REASON_COMMAND_EXITED);

        assertThatTheForeignSessionLives();
    }

    @Test
    void sparesTheSessionThatHasTheNumberOfATaskOfAnEarlierBoot() throws Exception {
        runAndKillUnseen("t");
        giveItsNumberToTheForeignSession("t");
        agent.pretendABoot("t");

        assertThat(endOf("t")).isEqualTo(Reason.REASON_AGENT_REBOOTED);

        assertThatTheForeignSessionLives();
    }

    @Test
    void sparesTheSessionThatHasTheNumberOfATaskThatExitedBeforeABoot() throws Exception {
        runAndKillUnseen("t");
        giveItsNumberToTheForeignSession("t");
        agent.pretendABoot("t");
        // The clock of that boot had come further than that of this one.
        Files.writeString(agent.workDir.resolve("ends/t@1"), "0 999999999.00\n");

        assertThat(endOf("t")).isEqualTo(Reason.REASON_COMMAND_EXITED);

        assertThatTheForeignSessionLives();
    }

    @Test
    void killsATaskThatLeftItsSessionButNotTheSessionThatHasTheNumberNow() throws Exception {
        agent.run(shell("t", "exec setsid sh -c 'echo $$ >pid; exec sleep 1000'"));
        long pid = Long.parseLong(agent.awaitLine("t", "pid"));
        long shim = agent.started("t").shim().pid();
        agent.runner.close();
        sigkill(shim);
        awaitDeath(shim);
        giveItsNumberToTheForeignSession("t");
        agent.restart();

        agent.kill("t", 0);

        assertThat(agent.awaitEnd("t").getState()).isEqualTo(TaskState.TASK_KILLED);
        agent.runner.close();
        assertThat(isAlive(pid)).isFalse();
        assertThatTheForeignSessionLives();
    }

    @Test
    void killsWhatATaskLeftBehindThatEndedWhileNobodyWatched() throws Exception {
        agent.run(shell("t", LEAVES_ONE_BEHIND + UNTIL_TOLD));
        agent.awaitLine("t", "pid");
        agent.runner.close();
        Files.createFile(agent.sandbox("t").resolve("go"));
        awaitThat(() -> Files.readString(agent.workDir.resolve("ends/t@1")).contains("\n"));
        long left = Long.parseLong(agent.awaitLine("t", "left"));
        assertThat(isAlive(left)).isTrue();

        endOf("t");

        awaitDeath(left);
    }

    @Test
    void doesNotCloseBeforeItHasKilledWhatAnEndedTaskLeftBehind() {
        agent.runToEnd(shell("t", LEAVES_ONE_BEHIND));

        agent.runner.close();

        awaitDeath(Long.parseLong(agent.awaitLine("t", "left")));
    }
}
