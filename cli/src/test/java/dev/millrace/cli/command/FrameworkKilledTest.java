package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.cli.up.TemporaryCluster;
import dev.millrace.client.Start;
import dev.millrace.client.StatusStream;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs of a framework that are killed with SIGKILL at the worst moments, and successors under the same id that go on, on a real cluster. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FrameworkKilledTest {
    private static final Duration LONG = Duration.ofSeconds(90);
    private static final String PREFIX = "killed.";
    private static final int TASKS = 3;

    private static TemporaryCluster cluster;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        cluster = TemporaryCluster.start(new Topics(PREFIX), 1, line -> {});
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void killedBetweenOffersAndAcceptingItsSuccessorLaunchesEachTaskOnce() throws IOException {
        try (var first = program("offered", FrameworkProgram.Stop.WITH_OFFERS)) {
            first.awaitSaid("has offers").kill();
        }

        goesOn("offered", "misses " + TASKS);
    }

    @Test
    void killedBetweenAcceptingAndTheStatusesItsSuccessorLaunchesNoneTwice() throws IOException {
        try (var first = program("accepted", FrameworkProgram.Stop.AFTER_ACCEPTING)) {
            first.awaitSaid("has accepted");
            await().atMost(LONG).until(() -> starts().size() == TASKS);
            first.kill();
        }

        goesOn("accepted", "misses 0");
    }

    /** Starts the successor, and sees to it that all tasks run once, that it sees them as the scheduler does, and that it comes to an end. */
    private void goesOn(String id, String missing) throws IOException {
        try (var successor = program(id, FrameworkProgram.Stop.NOWHERE)) {
            successor.awaitSaid("told ");
            Files.createFile(directory.resolve("gate"));

            assertThat(successor.awaitExit()).isZero();
            assertThat(successor.said()).contains("registered again", "DRIVER_STOPPED");
            // Nor is it told what the first one had asked.
            assertThat(successor.said().lines().filter(line -> line.startsWith("misses ")))
                    .containsExactly(missing);
            assertThat(successor.said()).doesNotContain("error");
            assertThat(line(successor.said(), "view "))
                    .isEqualTo(line(successor.said(), "told "))
                    .contains(id + "/0=TASK_RUNNING#3", id + "/1=TASK_RUNNING#3", id + "/2=TASK_RUNNING#3");
        }
        assertThat(starts()).containsExactlyInAnyOrder(id + "/0", id + "/1", id + "/2");
        assertThat(statuses(id))
                .filteredOn(status -> status.getState() == TaskState.TASK_STAGING)
                .hasSize(TASKS);
        assertThat(statuses(id))
                .filteredOn(TaskStatus::getTaskEnded)
                .hasSize(TASKS)
                .allMatch(status -> status.getState() == TaskState.TASK_FINISHED);
    }

    /** Its tasks note that they have started, and run until there is the file {@code gate}. */
    private MillraceProcess program(String id, FrameworkProgram.Stop stop) throws IOException {
        String command =
                "cd " + directory + "; echo $MILLRACE_TASK_ID >> starts; until [ -e gate ]; do sleep 0.05; done";
        return MillraceProcess.startProgram(
                directory,
                FrameworkProgram.class,
                cluster.config().bootstrapServers(),
                PREFIX,
                id,
                Integer.toString(TASKS),
                command,
                stop.name());
    }

    private List<String> starts() throws IOException {
        Path starts = directory.resolve("starts");
        return Files.exists(starts) ? Files.readAllLines(starts) : List.of();
    }

    private static String line(String said, String prefix) {
        return said.lines()
                .filter(line -> line.startsWith(prefix))
                .map(line -> line.substring(prefix.length()))
                .findFirst()
                .orElseThrow();
    }

    private static List<TaskStatus> statuses(String id) {
        List<TaskStatus> statuses = new ArrayList<>();
        try (StatusStream stream = new StatusStream(cluster.config(), "default", Start.beginning())) {
            while (!stream.reachedEnd()) {
                statuses.addAll(stream.poll(Duration.ofSeconds(1)));
            }
        }
        return statuses.stream()
                .filter(status -> status.getFrameworkId().equals(id))
                .toList();
    }
}
