package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.cli.up.LocalCluster;
import dev.millrace.cli.up.LocalClusterException;
import dev.millrace.cli.up.LocalClusterSettings;
import dev.millrace.local.FreePorts;
import dev.millrace.schemas.Topics;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one types to a cluster that runs, with real processes behind it. */
class ClusterCommandsTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Path dataDir = Path.of("");
    private static LocalCluster cluster;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        dataDir = Files.createTempDirectory("commands-");
        cluster = LocalCluster.start(
                new LocalClusterSettings(dataDir, new Topics("commands."), OptionalInt.of(2), FreePorts.next()));
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        cluster.close();
        LocalCluster.forget(dataDir);
    }

    @Test
    void runsAJobFileToItsEndAndShowsAllOfItsOutput() {
        var typed = type("run", "../examples/licences.yaml", "--logs");

        assertThat(typed.exitCode()).isZero();
        assertThat(typed.out()).containsPattern("\n20 tasks: 20 finished in [0-9.ms]+\n");
        for (int instance = 0; instance < 20; instance++) {
            assertThat(typed.out())
                    .containsPattern("\ncount/" + instance + " *\\| [0-9]+ /")
                    .containsPattern("count/" + instance + " +FINISHED +on agent-[12], exit code 0");
        }
    }

    @Test
    void theDoctorFindsNothingWrongButThatThereIsOneOfEach() throws IOException {
        var typed = type("doctor", "-o", "json");

        assertThat(typed.exitCode()).isZero();
        var notOk = new ArrayList<String>();
        for (var line : typed.out().lines().toList()) {
            var finding = JSON.readTree(line);
            if (!finding.get("severity").asText().equals("OK")) {
                notOk.add(finding.get("severity").asText() + " "
                        + finding.get("check").asText());
            }
        }
        assertThat(notOk).containsExactly("WARN replicas", "WARN instances");
        assertThat(typed.out())
                .contains("time goes on in 4 partitions")
                .contains("\"check\":\"agent losses\",\"found\":\"limited in ")
                .contains("this machine's and those of 1 broker agree; those of 2 agents agree with the brokers'");
    }

    @Test
    void showsWhatOneTaskWroteWholeAndInOrder() {
        var typed = type("run", "--quiet", "--logs", "--", "seq 1 20000; echo oops >&2");

        assertThat(typed.exitCode()).isZero();
        assertThat(typed.out())
                .isEqualTo(
                        IntStream.rangeClosed(1, 20_000).mapToObj(i -> i + "\n").collect(Collectors.joining()));
        assertThat(typed.err()).isEqualTo("oops\n");
    }

    @Test
    void showsOutputLaterToo() {
        type("run", "--logs", "--id", "later", "--name", "later", "--", "echo hello; echo again >&2");

        var typed = type("logs", "later-later/task/0");

        assertThat(typed.out()).isEqualTo("hello\n");
        assertThat(typed.err()).isEqualTo("again\n");
        assertThat(type("logs", "-f", "later-later/task/0").out()).isEqualTo("hello\n");
        assertThat(type("logs", "--attempt", "1", "later-later/task/0").out()).isEqualTo("hello\n");
        var none = type("logs", "--attempt", "99", "later-later/task/0");
        assertThat(none.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(none.err())
                .isEqualTo("millrace logs: there is no attempt 99 of later-later/task/0; there is only attempt 1\n");
    }

    @Test
    void exitsWithOneIfATaskFails() {
        var typed = type("run", "--instances", "2", "--", "exit $((MILLRACE_INSTANCE * 3))");

        assertThat(typed.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(typed.out()).contains("exit code 3").contains("2 tasks: 1 finished, 1 failed in");
    }

    @Test
    void restartsAsThePolicySays() {
        var typed = type("run", "../examples/flaky.yaml", "--logs");

        assertThat(typed.exitCode()).isZero();
        assertThat(typed.out())
                .contains("attempt 1 on agent agent-")
                .contains("attempt 2 on agent agent-")
                .contains("attempt 3 on agent agent-")
                .contains("1 task: 1 finished");
    }

    @Test
    void refusesTheSameSubmissionTwice() {
        var first = type("submit", "--id", "once", "--name", "twice", "--", "true");
        var second = type("submit", "--id", "once", "--name", "twice", "--", "true");
        var run = type("run", "--id", "once", "--name", "twice", "--", "true");

        assertThat(first.exitCode()).isZero();
        assertThat(first.out()).isEqualTo("twice-once/task/0\n");
        assertThat(second.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(second.err()).startsWith("twice-once/task/0: refused: a task of this id ");
        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.err()).contains("1 of 1 task had been submitted before under the same id; choose another --id");
    }

    @Test
    void killsWhatRunsAndWhatWaits() {
        type("submit", "--id", "k", "--name", "sleeper", "--", "sleep 1000");
        type("submit", "--id", "k", "--name", "waiter", "--constraint", "os == plan9", "--", "true");
        await().atMost(LONG).until(() -> state("sleeper-k/task/0").equals("TASK_RUNNING"));

        var killed = type("kill", "--wait", "sleeper-k/task/0", "waiter-k/");

        assertThat(killed.exitCode()).isZero();
        assertThat(killed.out().lines()).contains("sleeper-k/task/0: killed", "waiter-k/task/0: killed");
        assertThat(state("sleeper-k/task/0")).isEqualTo("TASK_KILLED");
        assertThat(type("kill", "sleeper-k/task/0").out()).isEqualTo("sleeper-k/task/0: had ended already: killed\n");
        assertThat(type("kill", "no-such/task/0").err()).contains("no task no-such/task/0 is known");
    }

    @Test
    void explainsWhichConstraintExcludesHowManyAgents() {
        type("submit", "--id", "x", "--name", "picky", "--constraint", "os == plan9", "--", "true");
        await().atMost(LONG).until(() -> type("explain", "picky-x/task/0").out().contains("excludes"));

        var typed = type("explain", "picky-x/task/0");
        var json = json(type("explain", "picky-x/task/0", "-o", "json").out());

        assertThat(typed.out())
                .contains("picky-x/task/0 has waited for")
                .contains("No agent meets its constraints")
                .contains("os==plan9 excludes 2 of 2 agents");
        assertThat(json.get("explained").get("kind").asText()).isEqualTo("NO_AGENT_MEETS_CONSTRAINTS");
        assertThat(json.get("waiting").asBoolean()).isTrue();
        type("kill", "picky-x/task/0");
    }

    @Test
    void listsTasksAndShowsOneOfThem() {
        type("run", "--id", "l", "--name", "listed", "--label", "a=b", "--", "exit 4");

        var all = type("tasks", "--all", "listed-");
        var one = type("task", "listed-l/task/0");
        var json = json(type("task", "listed-l/task/0", "-o", "json").out());

        assertThat(all.out().lines().findFirst())
                .hasValueSatisfying(line -> assertThat(line).startsWith("TASK "));
        assertThat(all.out()).containsPattern("listed-l/task/0 +FAILED +1 +agent-[12] +(now|.* ago) +exit code 4");
        assertThat(one.out()).containsPattern("state +FAILED: exit code 4").containsPattern("labels +a=b");
        assertThat(json.get("exitCode").asInt()).isEqualTo(4);
        assertThat(json.get("request").get("shell").asText()).isEqualTo("exit 4");
        assertThat(type("tasks", "listed-").err()).isEqualTo("No such task.\n");
    }

    @Test
    void listsAgents() {
        var json = type("agents", "-o", "json")
                .out()
                .lines()
                .map(ClusterCommandsTest::json)
                .toList();

        assertThat(json).extracting(agent -> agent.get("agentId").asText()).containsExactly("agent-1", "agent-2");
        assertThat(type("agents").out()).contains("agent-1").contains("ACTIVE");
        assertThat(type("agents", "--attributes").out()).contains("os=linux");
    }

    @Test
    void showsStatusesWithoutGapsFromTheBeginning() {
        type("run", "--id", "s", "--name", "seen", "--instances", "5", "--", "true");

        var statuses = type("status", "--from-beginning", "--no-follow", "-o", "json", "seen-s/")
                .out()
                .lines()
                .map(ClusterCommandsTest::json)
                .toList();

        var sequences = new HashMap<String, List<Long>>();
        statuses.forEach(status -> sequences
                .computeIfAbsent(status.get("taskId").asText(), id -> new ArrayList<>())
                .add(status.get("sequence").asLong()));
        assertThat(sequences)
                .hasSize(5)
                .allSatisfy((task, seen) -> assertThat(seen).containsExactly(1L, 2L, 3L, 4L));
    }

    @Test
    void writesARunsStatusesAsJson() {
        var states = type("run", "-o", "json", "--", "true")
                .out()
                .lines()
                .map(line -> json(line).get("state").asText())
                .toList();

        assertThat(states).containsExactly("TASK_QUEUED", "TASK_STAGING", "TASK_RUNNING", "TASK_FINISHED");
    }

    @Test
    void findsItsTopicsAsTheyShouldBe() {
        assertThat(type("topics", "check", "--prefix", "commands.").out())
                .isEqualTo("all topics are as they should be\n");
        assertThat(type("topics", "list", "--prefix", "commands.").out()).contains("commands.task-requests");
        var elsewhere = type("topics", "check", "--prefix", "elsewhere.");
        assertThat(elsewhere.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(elsewhere.out()).contains("elsewhere.task-requests is missing");
        assertThat(type("topics", "check", "--prefix", "elsewhere.", "-o", "json")
                        .out()
                        .lines())
                .extracting(line -> json(line).get("difference").asText())
                .contains("elsewhere.task-requests is missing");
    }

    @Test
    void refusesSettingsThatAPoolCanNotHave() {
        var typed = type("pool", "set", "default", "--heartbeat-interval", "0s");

        assertThat(typed.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(typed.err())
                .startsWith("millrace pool set: invalid ConfigurePool: ")
                .hasLineCount(1);
    }

    @Test
    void saysWhyATaskWaitsThatNoAgentCanEverTake(@TempDir Path directory) throws IOException {
        try (var run = MillraceProcess.start(directory, "run", "--data-dir=" + dataDir, "--cpus=1000", "--", "true")) {
            run.awaitSaid("millrace: task/0 waits. No agent that meets its constraints is large enough, however empty:"
                    + " 2 of 2 agents have less cpus in all than it needs.\n");
            run.signal("INT");

            assertThat(run.awaitExit()).isEqualTo(ExitCode.INTERRUPTED);
            assertThat(run.said()).containsOnlyOnce("waits.");
        }
    }

    @Test
    void saysThatTheSchedulerHasNotRunThere() {
        assertThat(type("tasks", "--prefix", "elsewhere.").err())
                .contains("no scheduler has run yet with topics elsewhere.*")
                .hasLineCount(1);
    }

    @Test
    void measuresHowLongRealProcessesTake() {
        var servers = cluster.config().bootstrapServers();

        var measured = json(type(
                        "bench",
                        "lifecycle",
                        "--bootstrap-server=" + servers,
                        "--prefix=commands.",
                        "--agents=0",
                        "--tasks=5",
                        "--in-flight=1",
                        "-o",
                        "json")
                .out());

        assertThat(measured.get("tasks").asInt()).isEqualTo(5);
        assertThat(measured.get("faults")).isEmpty();
        assertThat(measured.get("submitToRunningMs").get("p50").asDouble()).isPositive();
    }

    @Test
    void replaysToTheSameChecksums() {
        type("run", "--instances", "3", "--", "true");

        var typed = type("replay", "--verify");

        assertThat(typed.out()).contains("Verified: ");
        assertThat(typed.exitCode()).isZero();
    }

    @Test
    void saysThatATimeToComeIsAnsweredWithThePresent() {
        var typed = type("replay", "--at", "2999-01-01T00:00:00.123456Z", "agents");

        assertThat(typed.exitCode()).isZero();
        assertThat(typed.out()).contains("agent-1");
        assertThat(typed.err())
                .contains("millrace replay: 2999-01-01T00:00:00.123Z is yet to come; what follows is the present");
    }

    @Test
    void namesWhatCanBeAskedOfThePastToWhomAsksSomethingElse() {
        var input = System.in;
        Cli typed;
        try {
            System.setIn(new ByteArrayInputStream("tsks\nagents\n".getBytes(StandardCharsets.UTF_8)));
            typed = type("replay", "--at", "0s");
        } finally {
            System.setIn(input);
        }

        assertThat(typed.err())
                .containsPattern("This is the state of [0-9T:-]+(\\.[0-9]{3})?Z\\.")
                .contains("'tsks' can't be asked of the past; there are tasks, task, explain, agents,");
        assertThat(typed.out()).contains("agent-1");
    }

    @Test
    void saysAtOnceThatTheBrokersOfALocalClusterAreNeverWithoutAScheduler() {
        for (var command : List.of("recover", "snapshot take --from-stores " + dataDir.resolve("none"))) {
            var typed = type(command.split(" "));

            assertThat(typed.exitCode()).isEqualTo(ExitCode.FAILED);
            assertThat(typed.err()).contains("a local cluster has both in one process");
        }
    }

    @Test
    void saysThatAPoolIsNew() {
        assertThat(type("pool", "set", "defualt", "--hold-after", "1m").err())
                .isEqualTo("millrace pool set: the pool defualt is new; it begins with this\n");
        assertThat(type("pool", "set", "defualt", "--hold-after", "2m").err()).isEmpty();
    }

    @Test
    void saysWhatWouldHaveBeen() {
        type("run", "--instances", "3", "--", "true");

        var asTable = type(
                "what-if",
                "--add-agents",
                "2:cpus=64",
                "--role",
                "default:limit=cpus=1",
                "--agent-losses-per-minute",
                "1");
        var asJson = json(type("what-if", "-o", "json").out());

        assertThat(asTable.exitCode()).isZero();
        assertThat(asTable.out())
                .containsPattern(" +HAPPENED +MODEL +CHANGED")
                .contains("wait, p99", "fairness", "Agents that are added are there all the time and never fail.");
        assertThat(asJson.get("happened").get("ended").asInt()).isGreaterThanOrEqualTo(3);
        assertThat(asJson.get("model").get("ended"))
                .isEqualTo(asJson.get("happened").get("ended"));
        assertThat(asJson.has("changed")).as("nothing was to be otherwise").isFalse();
        assertThat(asJson.get("assumptions")).isNotEmpty();
    }

    @Test
    void saysOfWhatThereWasNothingThatNothingWouldHaveBeen() {
        assertThat(type("what-if", "--pool", "nowhere").err())
                .isEqualToIgnoringNewLines("millrace what-if: there was no pool nowhere within this period");
    }

    @Test
    void isTheOnlyOneOnItsDirectory() throws IOException {
        assertThatThrownBy(() ->
                        LocalCluster.start(new LocalClusterSettings(dataDir, new Topics("x."), OptionalInt.empty(), 0)))
                .isInstanceOf(LocalClusterException.class)
                .hasMessageContaining("is running on " + dataDir.toRealPath() + " already")
                .hasMessageContaining("broker at " + cluster.config().bootstrapServers());
    }

    private static Cli type(String... arguments) {
        return Cli.typeAt(dataDir, arguments);
    }

    private static String state(String taskId) {
        return json(type("task", taskId, "-o", "json").out()).get("state").asText();
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
