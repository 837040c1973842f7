package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.cli.up.LocalCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * SIGKILL of a whole local cluster, broker, scheduler and agents, while tasks run and wait. The tasks themselves write down that they start.
 * It is killed {@code millrace.up.kills} times; {@code millrace.seed} decides which task is let go just before each kill but the first.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class UpKilledTest {
    private static final int AGENTS = 2;
    private static final int RUNNING = 20;
    private static final int TASKS = 40;
    private static final int KILLS = Integer.getInteger("millrace.up.kills", 1);
    private static final long SEED = Long.getLong("millrace.seed", 1);
    private static final ObjectMapper JSON = new ObjectMapper();

    private Path root = Path.of("");
    private Path dataDir = root;
    private MillraceProcess up;

    @BeforeEach
    void start() throws IOException {
        root = Files.createTempDirectory("killed-").toAbsolutePath();
        dataDir = root.resolve("cluster");
        up = up("--agents=" + AGENTS);
    }

    @AfterEach
    void forget() throws IOException, InterruptedException {
        up.close();
        LocalCluster.forget(dataDir);
    }

    @Test
    void losesNoTaskAndStartsNoneTwice() throws Exception {
        submitTasksOfWhichHalfHaveRoom();
        waiting().until(() -> starts().size() == RUNNING);
        waiting().until(() -> count("TASK_RUNNING") == RUNNING && count("TASK_QUEUED") == TASKS - RUNNING);
        var random = new Random(SEED);
        var released = new ArrayList<Integer>();

        up.kill();
        up = up();

        waiting().until(() -> count("TASK_RUNNING") == RUNNING);
        assertThat(count("TASK_QUEUED")).isEqualTo(TASKS - RUNNING);
        assertThat(starts()).hasSize(RUNNING);
        for (int kill = 1; kill < Math.min(KILLS, TASKS); kill++) {
            var held = instances("TASK_RUNNING");
            held.removeAll(released);
            int instance = held.get(random.nextInt(held.size()));
            released.add(instance);
            Files.createFile(root.resolve("go-" + instance));
            up.kill();
            up = up();
            int running = Math.min(RUNNING, TASKS - released.size());
            waiting().until(() -> count("TASK_FINISHED") == released.size() && count("TASK_RUNNING") == running);
        }
        Files.createFile(root.resolve("go"));
        waiting().until(() -> count("TASK_FINISHED") == TASKS);

        assertThat(starts())
                .as("tasks that started, seed %d", SEED)
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, TASKS)
                        .mapToObj(i -> "held-k/task/" + i)
                        .toList());
        assertThat(sequences())
                .hasSize(TASKS)
                .allSatisfy((task, sequences) -> assertThat(sequences)
                        .containsExactlyElementsOf(IntStream.rangeClosed(1, sequences.size())
                                .boxed()
                                .toList()));
        assertThat(type("replay", "--verify").out()).contains("Verified: ");
        assertThat(up.stop()).isZero();
        assertThat(up.said()).contains("Stopped.");
    }

    private MillraceProcess up(String... options) throws IOException {
        var arguments = Stream.concat(Stream.of("up", "--data-dir=" + dataDir), Stream.of(options));
        return MillraceProcess.start(root, arguments.toArray(String[]::new)).awaitSaid("Millrace is up ");
    }

    private void submitTasksOfWhichHalfHaveRoom() throws IOException {
        var agent = JSON.readTree(
                type("agents", "-o", "json").out().lines().findFirst().orElseThrow());
        long cpuMillis = agent.get("resources").get("cpuMillis").asLong() * AGENTS / RUNNING;
        var submitted = type(
                "submit",
                "--id=k",
                "--name=held",
                "--instances=" + TASKS,
                "--cpus=" + cpuMillis + "m",
                "--memory=1MiB",
                "--",
                "cd " + root + "; echo $MILLRACE_TASK_ID >>starts;"
                        + " until [ -e go ] || [ -e go-$MILLRACE_INSTANCE ]; do sleep 0.2; done");
        assertThat(submitted.err()).isEmpty();
        assertThat(submitted.exitCode()).isZero();
    }

    private List<String> starts() throws IOException {
        var file = root.resolve("starts");
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    private long count(String state) {
        return tasks().stream()
                .filter(task -> task.get("state").asText().equals(state))
                .count();
    }

    private List<Integer> instances(String state) {
        var instances = new ArrayList<Integer>();
        for (var task : tasks()) {
            if (task.get("state").asText().equals(state)) {
                var id = task.get("taskId").asText();
                instances.add(Integer.valueOf(id.substring(id.lastIndexOf('/') + 1)));
            }
        }
        return instances;
    }

    private Map<String, List<Integer>> sequences() {
        var sequences = new HashMap<String, List<Integer>>();
        for (var status : lines(
                type("status", "--from-beginning", "--no-follow", "-o", "json").out())) {
            sequences
                    .computeIfAbsent(status.get("taskId").asText(), id -> new ArrayList<>())
                    .add(status.get("sequence").asInt());
        }
        return sequences;
    }

    private List<JsonNode> tasks() {
        return lines(type("tasks", "--all", "-o", "json").out());
    }

    private static List<JsonNode> lines(String json) {
        return json.lines()
                .map(line -> {
                    try {
                        return JSON.readTree(line);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .toList();
    }

    private Cli type(String... arguments) {
        return Cli.typeAt(dataDir, arguments);
    }

    private static ConditionFactory waiting() {
        return await().atMost(Duration.ofSeconds(90)).pollInterval(Duration.ofMillis(200));
    }
}
