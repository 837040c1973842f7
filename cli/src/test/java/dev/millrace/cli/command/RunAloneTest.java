package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.cli.RehearsalMain;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that start a cluster for themselves, and leave nothing of it however they end. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RunAloneTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private final List<MillraceProcess> processes = new ArrayList<>();

    @TempDir
    private Path directory;

    private HeldTask task;

    @BeforeEach
    void makeTask() {
        task = new HeldTask(directory);
    }

    @AfterEach
    void letGo() throws IOException {
        processes.forEach(MillraceProcess::close);
        task.letGo();
    }

    @Test
    void runsATaskAsLargeAsTheMachineAndLeavesNothing() throws IOException {
        var cpus = Runtime.getRuntime().availableProcessors();

        var run = start(
                "run",
                "--logs",
                "--cpus=" + cpus,
                "--",
                "echo hello; mkdir closed; touch closed/file; chmod 500 closed");

        assertThat(run.awaitExit()).isZero();
        assertThat(run.said())
                .startsWith("millrace: no cluster runs here; starting one for this run ...\n")
                .contains("\nhello\n")
                .containsPattern("\n1 task: 1 finished in [0-9.ms]+\n$");
        assertThatNothingIsLeft();
        assertThat(MillraceProcess.home(directory)).doesNotExist();
    }

    @Test
    void rehearsesAStartAndLeavesNothing() throws IOException {
        var rehearsal = MillraceProcess.startProgram(directory, RehearsalMain.class);
        processes.add(rehearsal);

        assertThat(rehearsal.awaitExit()).isZero();
        assertThat(rehearsal.said())
                .containsPattern("\\n1 task: 1 finished in ")
                .containsPattern("\\ntrue-\\S+ +FINISHED");
        assertThatNothingIsLeft();
    }

    @Test
    void saysAtOnceThatATaskIsTooLargeForTheMachine() throws IOException {
        var run = start("run", "--cpus=100000", "--", "true");

        assertThat(run.awaitExit()).isEqualTo(ExitCode.FAILED);
        assertThat(run.said())
                .contains("no agent of this machine could ever run true-")
                .contains("it needs 100000 cpus of ")
                .hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void killsItsTasksAndLeavesNothingWhenItIsInterrupted(String signal) throws IOException {
        var run = start("run", "--", task.command());
        await().atMost(LONG).until(task::hasStarted);

        run.signal(signal);

        assertThat(run.awaitExit()).isEqualTo(ExitCode.INTERRUPTED);
        assertThat(run.said())
                .contains("millrace: interrupted; killing 1 task (interrupt again not to wait for their end)")
                .containsPattern("KILLED .*kill was asked for")
                .contains("1 task: 1 killed in ");
        assertThat(task.isRunning()).isFalse();
        assertThatNothingIsLeft();
    }

    @Test
    void waitsForNoTaskWhenItIsInterruptedAgain() throws IOException {
        var run = start("run", "--kill-grace=10m", "--", task.stubbornCommand());
        await().atMost(LONG).until(task::hasStarted);
        run.signal("INT");
        run.awaitSaid("KILLING");

        run.signal("INT");

        assertThat(run.awaitExit()).isEqualTo(ExitCode.INTERRUPTED);
        assertThat(run.said()).contains("1 task: 1 killing in ");
        assertThat(task.isRunning()).isFalse();
        assertThatNothingIsLeft();
    }

    @Test
    void clearsAwayWhatARunLeftThatWasKilled() throws IOException {
        var killed = start("run", "--", task.command());
        await().atMost(LONG).until(task::hasStarted);
        killed.kill();
        assertThat(MillraceProcess.temporaryClusters(directory)).hasSize(1);
        assertThat(task.isRunning()).isTrue();

        var next = start("run", "--", "true");

        assertThat(next.awaitExit()).isZero();
        assertThat(next.said()).contains("millrace: ended 1 task that a run which was killed had left behind\n");
        assertThat(task.isRunning()).isFalse();
        assertThatNothingIsLeft();
    }

    @Test
    void doesNotTouchTheClusterOfARunThatGoesOn() throws IOException {
        var first = start("run", "--", task.command());
        await().atMost(LONG).until(task::hasStarted);

        assertThat(start("run", "--", "true").awaitExit()).isZero();

        assertThat(task.isRunning()).isTrue();
        task.letGo();
        assertThat(first.awaitExit()).isZero();
        assertThatNothingIsLeft();
    }

    @Test
    void removesTheClusterOfAMeasurementThatIsInterrupted() throws IOException {
        var bench = start("bench", "lifecycle", "--agents=2", "--tasks=10", "--run-time=10m");
        await().atMost(LONG)
                .until(() -> !MillraceProcess.temporaryClusters(directory).isEmpty());

        bench.signal("INT");

        assertThat(bench.awaitExit()).isEqualTo(ExitCode.INTERRUPTED);
        assertThat(bench.said()).contains("millrace bench: stopped before the end");
        assertThatNothingIsLeft();
    }

    private MillraceProcess start(String... arguments) throws IOException {
        var process = MillraceProcess.start(directory, arguments);
        processes.add(process);
        return process;
    }

    private void assertThatNothingIsLeft() throws IOException {
        assertThat(MillraceProcess.temporaryClusters(directory)).isEmpty();
    }
}
