package dev.millrace.agent.process;

import static dev.millrace.agent.process.RunnerFixture.awaitDeath;
import static dev.millrace.agent.process.RunnerFixture.awaitThat;
import static dev.millrace.agent.process.RunnerFixture.isAlive;
import static dev.millrace.agent.process.RunnerFixture.shell;
import static dev.millrace.agent.process.RunnerFixture.sigkill;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.LogStream;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent in a process of its own, which SIGKILL ends, and what the next one makes of it. */
class KilledAgentTest {
    private static final String NOTES_ITS_START = "echo started >>../starts; ";

    @TempDir
    Path directory;

    private Path work;
    private Process jvm;
    /** The next agent, once there is one. */
    private RunnerFixture agent;

    @BeforeEach
    void name() {
        work = directory.resolve("work").toAbsolutePath();
    }

    @AfterEach
    void close() {
        if (jvm != null) {
            jvm.destroyForcibly();
        }
        if (agent != null) {
            agent.close();
        }
    }

    /** A JVM that runs tasks {@code t-0}, {@code t-1} and so on, and waits to be killed. */
    static final class Tasks {
        private Tasks() {}

        public static void main(String[] args) throws Exception {
            boolean stopShims = Boolean.parseBoolean(args[3]);
            RunnerFixture agent =
                    new RunnerFixture(Path.of(args[0]), config -> stopShims ? StoppedShims.configure(config) : config);
            for (int i = 0; i < Integer.parseInt(args[2]); i++) {
                agent.run(shell("t-" + i, args[1]));
            }
            Thread.currentThread().join();
        }
    }

    private void startAgent(String line, int tasks, boolean stopShims) throws IOException {
        jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Tasks.class.getName(),
                        work.toString(),
                        line,
                        String.valueOf(tasks),
                        String.valueOf(stopShims))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("jvm.log").toFile())
                .start();
    }

    private void killAgent() throws InterruptedException {
        sigkill(jvm.pid());
        assertThat(jvm.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    private void startNextAgent() {
        agent = new RunnerFixture(work);
    }

    private Path starts(int task) {
        return work.resolve("attempts/t-" + task + "@1/starts");
    }

    @Test
    void isSurvivedByItsTasks() throws Exception {
        startAgent("echo $$ >pid; until [ -e go ]; do sleep 0.01; done; echo survived; exit 6", 1, false);
        Path pid = work.resolve("attempts/t-0@1/sandbox/pid");
        awaitThat(() -> Files.exists(pid) && Files.readString(pid).endsWith("\n"));

        killAgent();

        assertThat(isAlive(Long.parseLong(Files.readString(pid).strip()))).isTrue();
        startNextAgent();
        assertThat(agent.runner.attempts()).hasSize(1);
        Files.createFile(agent.sandbox("t-0").resolve("go"));
        assertThat(agent.awaitEnd("t-0").getExitCode()).isEqualTo(6);
        assertThat(agent.awaitOutput("t-0", LogStream.STDOUT)).isEqualTo("survived\n");
    }

    @Test
    void hasItsSuccessorDropWhatItHadForkedAndNotStartedSoThatALateShimStartsNothing() throws Exception {
        startAgent(NOTES_ITS_START, 1, true);
        long shim = StoppedShims.await(work, "t-0");

        killAgent();
        startNextAgent();

        assertThat(agent.awaitEnd("t-0").getReason()).isEqualTo(Reason.REASON_AGENT_RESTARTED);
        assertThat(agent.sink.statesOf("t-0")).containsExactly(TaskState.TASK_DROPPED);
        StoppedShims.resume(shim);
        awaitDeath(shim);
        assertThat(starts(0)).doesNotExist();
        assertThat(agent.sink.reportsOf("t-0")).hasSize(1);
    }

    @Test
    void hasItsSuccessorGoOnWithWhatAShimStartedInTheMeantime() throws Exception {
        startAgent(NOTES_ITS_START + "until [ -e go ]; do sleep 0.01; done", 1, true);
        long shim = StoppedShims.await(work, "t-0");

        killAgent();
        StoppedShims.resume(shim);
        awaitThat(() -> Files.exists(starts(0)));
        startNextAgent();

        assertThat(agent.sink.statesOf("t-0")).containsExactly(TaskState.TASK_RUNNING);
        Files.createFile(agent.sandbox("t-0").resolve("go"));
        assertThat(agent.awaitEnd("t-0").getState()).isEqualTo(TaskState.TASK_FINISHED);
        assertThat(starts(0)).hasContent("started\n");
    }

    @Test
    void hasEachOfItsAttemptsStartedOnceOrDroppedWhenShimsAndSuccessorRace() throws Exception {
        int count = 20;
        startAgent(NOTES_ITS_START, count, true);
        List<Long> shims = IntStream.range(0, count)
                .mapToObj(i -> StoppedShims.await(work, "t-" + i))
                .toList();

        killAgent();
        // Each goes on when the one before is done, so that the next agent comes in the midst of them.
        CompletableFuture<Void> resumed = CompletableFuture.runAsync(() -> shims.forEach(shim -> {
            StoppedShims.resume(shim);
            awaitDeath(shim);
        }));
        startNextAgent();

        resumed.get(30, TimeUnit.SECONDS);
        agent.awaitIdle();
        System.out.printf(
                "the shims won %d of %d races%n",
                IntStream.range(0, count).filter(i -> Files.exists(starts(i))).count(), count);
        for (int i = 0; i < count; i++) {
            assertThatReportsFitStarts(i);
        }
    }

    @Test
    void startsNothingTwiceWhenItIsKilledAmidItsLaunches() throws Exception {
        int count = 100;
        startAgent(NOTES_ITS_START, count, false);
        awaitThat(() -> Files.exists(starts(count / 4)));

        killAgent();
        startNextAgent();

        agent.awaitIdle();
        for (int i = 0; i < count; i++) {
            if (Files.exists(starts(i))) {
                assertThat(starts(i)).hasContent("started\n");
            }
            if (!agent.sink.reportsOf("t-" + i).isEmpty()) {
                assertThatReportsFitStarts(i);
            }
        }
    }

    /** The task's own file is the witness. */
    private void assertThatReportsFitStarts(int task) {
        List<TaskState> ends = agent.sink.ends().stream()
                .filter(end -> end.getTaskId().equals("t-" + task))
                .map(end -> end.getState())
                .toList();
        if (ends.equals(List.of(TaskState.TASK_DROPPED))) {
            assertThat(starts(task)).doesNotExist();
        } else {
            assertThat(ends).containsExactly(TaskState.TASK_FINISHED);
            assertThat(starts(task)).hasContent("started\n");
        }
    }
}
