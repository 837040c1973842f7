package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.cli.up.LocalCluster;
import dev.millrace.local.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What follows a cluster is told when it goes away and comes back. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ClusterGoneTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String GONE = "millrace: the cluster does not answer; still waiting for it\n";
    private static final String BACK = "millrace: the cluster answers again\n";

    private final List<MillraceProcess> processes = new ArrayList<>();

    @TempDir
    private Path directory;

    @AfterEach
    void forget() throws IOException, InterruptedException {
        processes.forEach(MillraceProcess::close);
        LocalCluster.forget(MillraceProcess.home(directory));
    }

    @Test
    void isSaidByAllCommandsThatFollowItAndTheyGoOnAfterwards() throws IOException {
        var task = new HeldTask(directory);
        var port = "--port=" + FreePorts.next();
        var up = start("up", "--agents=1", port).awaitSaid("Ctrl-C stops it.");
        var run = start("run", "--id=x", "--name=held", "--", task.command());
        await().atMost(LONG).until(task::hasStarted);
        run.awaitSaid("RUNNING");
        var logs = start("logs", "-f", "held-x/task/0").awaitSaid("held\n");
        var status = start("status", "--from-beginning").awaitSaid("RUNNING");

        up.kill();
        for (var follower : List.of(run, logs, status)) {
            follower.awaitSaid(GONE);
        }
        start("up", port).awaitSaid("Ctrl-C stops it.");
        for (var follower : List.of(run, logs, status)) {
            follower.awaitSaid(BACK);
        }
        task.letGo();

        assertThat(run.awaitExit()).isZero();
        assertThat(run.said()).contains("1 task: 1 finished");
        assertThat(saidOfTheCluster(run)).matches("(" + GONE + BACK + ")+");
        assertThat(logs.awaitExit()).isZero();
        status.awaitSaid("FINISHED");
    }

    @Test
    void doesNotKeepARunFromBeingInterrupted() throws IOException {
        var up = start("up", "--agents=1", "--port=" + FreePorts.next()).awaitSaid("Ctrl-C stops it.");
        var run = start("run", "--", "sleep 1000");
        run.awaitSaid("RUNNING");
        up.kill();
        run.awaitSaid(GONE);

        run.signal("INT");
        run.awaitSaid("interrupted; killing 1 task");
        run.signal("INT");

        assertThat(run.awaitExit()).as(run.said()).isEqualTo(ExitCode.INTERRUPTED);
    }

    /** What it said of the cluster, which on a busy machine may seem to go away more often than it does. */
    private static String saidOfTheCluster(MillraceProcess process) {
        return process.said()
                .lines()
                .map(line -> line + "\n")
                .filter(Set.of(GONE, BACK)::contains)
                .collect(Collectors.joining());
    }

    private MillraceProcess start(String... arguments) throws IOException {
        var process = MillraceProcess.start(directory, arguments);
        processes.add(process);
        return process;
    }
}
