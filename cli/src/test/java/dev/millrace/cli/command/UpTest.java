package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.cli.up.LocalCluster;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
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

/** {@code millrace up}, as it is typed again and again on one directory. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class UpTest {
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
    void forget() throws IOException, InterruptedException {
        processes.forEach(MillraceProcess::close);
        task.letGo();
        LocalCluster.forget(MillraceProcess.home(directory));
    }

    @Test
    void endsWhatRanAndForgetsItIfItIsToBeFresh() throws IOException {
        var first = up("--agents=1");
        submitHeldTask();
        assertThat(first.stop()).isZero();
        assertThat(task.isRunning()).isTrue();

        var fresh = up("--fresh");

        assertThat(fresh.said()).contains("Ended 1 task that an earlier cluster had left running.\n");
        assertThat(fresh.said()).contains("agent-1 to agent-3");
        assertThat(task.isRunning()).isFalse();
        assertThat(type("tasks", "--all").err()).isEqualTo("No tasks.\n");
    }

    @Test
    void refusesADirectoryOnWhichAClusterRuns() throws IOException {
        up("--agents=1");

        for (var again : List.of(start("up"), start("up", "--fresh"))) {
            assertThat(again.awaitExit()).isEqualTo(ExitCode.FAILED);
            assertThat(again.said())
                    .containsPattern(
                            "millrace up: a local cluster is running on .*/home already"
                                    + " \\(process [0-9]+, broker at localhost:[0-9]+\\); use it, stop it, or choose another --data-dir\n")
                    .doesNotContain("\tat ");
        }

        assertThat(type("agents").out()).contains("agent-1").contains("ACTIVE");
    }

    @Test
    void refusesAPortThatIsInUse() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            var up = start("up", "--port=" + socket.getLocalPort());

            assertThat(up.awaitExit()).isEqualTo(ExitCode.FAILED);
            assertThat(up.said())
                    .contains("millrace up: port " + socket.getLocalPort()
                            + " is in use; stop what listens there, or choose another port\n")
                    .doesNotContain("\tat ");
            assertThat(MillraceProcess.home(directory)).doesNotExist();
        }
    }

    @Test
    void isNotLookedForWhereItWasKilled() throws IOException {
        up("--agents=1").kill();

        assertThat(type("tasks").err())
                .contains("no cluster: none is named, and no local one runs in " + MillraceProcess.home(directory));
    }

    @Test
    void abandonsNoTaskWhenItIsToHaveFewerAgents() throws IOException {
        var two = up("--agents=2");
        submitHeldTask("--constraint=agent == agent-2");
        assertThat(two.stop()).isZero();

        var one = start("up", "--agents=1");

        assertThat(one.awaitExit()).isEqualTo(ExitCode.FAILED);
        assertThat(one.said()).contains("millrace up: agent-2 still has 1 task, and would not be there with 1 agent; ");
        assertThat(task.isRunning()).isTrue();

        two = up();
        task.letGo();
        await().atMost(LONG).until(() -> type("tasks", "--state=finished").out().contains("held-"));
        awaitAllAcknowledged("agent-2");
        assertThat(two.stop()).isZero();
        assertThat(up("--agents=1").stop()).isZero();
        var asBefore = up();

        assertThat(asBefore.said()).contains("  agents     agent-1 with ");
    }

    private MillraceProcess up(String... options) throws IOException {
        var arguments = new ArrayList<>(List.of("up"));
        arguments.addAll(List.of(options));
        return start(arguments.toArray(String[]::new)).awaitSaid("Ctrl-C stops it.");
    }

    private void submitHeldTask(String... options) {
        var arguments = new ArrayList<>(List.of("submit", "--name=held"));
        arguments.addAll(List.of(options));
        arguments.addAll(List.of("--", task.command()));
        assertThat(type(arguments.toArray(String[]::new)).exitCode()).isZero();
        await().atMost(LONG).until(task::hasStarted);
    }

    /** Returns when the agent knows that what became of its tasks, and what they wrote, is safe. */
    private void awaitAllAcknowledged(String agentId) {
        var open = MillraceProcess.home(directory)
                .resolve("agents")
                .resolve(agentId)
                .resolve("open");
        await().atMost(LONG).untilAsserted(() -> assertThat(open).isEmptyDirectory());
    }

    private MillraceProcess start(String... arguments) throws IOException {
        var process = MillraceProcess.start(directory, arguments);
        processes.add(process);
        return process;
    }

    private Cli type(String... arguments) {
        return Cli.typeAt(MillraceProcess.home(directory), arguments);
    }
}
