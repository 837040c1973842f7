package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.cli.up.LocalCluster;
import dev.millrace.cli.up.LocalClusterSettings;
import dev.millrace.local.FreePorts;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Roles, reservations, plans and explanations, typed to a cluster that runs. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RoleCommandsTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Path dataDir = Path.of("");
    private static LocalCluster cluster;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        dataDir = Files.createTempDirectory("roles-");
        cluster = LocalCluster.start(
                new LocalClusterSettings(dataDir, new Topics("roles."), OptionalInt.of(2), FreePorts.next()));
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        cluster.close();
        LocalCluster.forget(dataDir);
    }

    @Test
    void showsAsATreeWhatWasSetAndForgetsWhatIsRemoved() {
        assertThat(type("role", "set", "tree", "--weight", "2.5", "--guarantee", "cpus=0.5,memory=64MiB")
                        .err())
                .isEmpty();
        assertThat(type("role", "set", "tree/leaf", "--limit", "cpus=1").exitCode())
                .isZero();

        await().atMost(LONG)
                .untilAsserted(() -> assertThat(type("roles").out())
                        .containsPattern("(?m)^tree +2\\.5 +[0-9.]+% +cpus=0\\.5,memory=64MiB +- ")
                        .containsPattern("(?m)^  leaf +1 +[0-9.]+% +- +cpus=1 "));
        var json = type("roles", "-o", "json")
                .out()
                .lines()
                .map(RoleCommandsTest::json)
                .filter(role -> role.get("role").asText().equals("tree"))
                .findFirst()
                .orElseThrow();
        assertThat(json.get("weightMilli").asInt()).isEqualTo(2_500);
        assertThat(json.get("guarantee").get("cpuMillis").asInt()).isEqualTo(500);

        assertThat(type("role", "remove", "tree/leaf").exitCode()).isZero();
        assertThat(type("role", "remove", "tree").exitCode()).isZero();
        await().atMost(LONG).untilAsserted(() -> assertThat(type("roles").out()).doesNotContain("tree"));
    }

    @Test
    void refusesALimitBelowTheGuarantee() {
        var typed = type("role", "set", "greedy", "--guarantee", "cpus=2", "--limit", "cpus=1");

        assertThat(typed.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(typed.err())
                .startsWith("millrace role set: role greedy of pool default: refused, ")
                .hasLineCount(1);
    }

    @Test
    void saysThatTheLimitOfItsRoleKeepsATaskWaiting() {
        type("role", "set", "capped", "--limit", "cpus=0.1");
        type("submit", "--id", "1", "--name", "capped", "--role", "capped", "--instances", "2", "--", "sleep 1000");
        await().atMost(LONG)
                .until(() -> type("explain", "capped-1/task/1").out().contains("limit of role capped"));

        var typed = type("explain", "capped-1/task/1");
        var json = json(type("explain", "capped-1/task/1", "-o", "json").out());

        assertThat(typed.out())
                .contains("at place 1 of 1 in the queue of role capped.")
                .contains("It waits for the limit of role capped: cpus 0.1 of 0.1 in use.")
                .contains("Role capped: weight 1, share ");
        assertThat(json.get("explained").get("kind").asText()).isEqualTo("ROLE_LIMIT");
        assertThat(json.get("roles"))
                .extracting(role -> role.get("role").asText())
                .contains("capped");
        type("kill", "--wait", "capped-1/");
    }

    @Test
    void countsTheMembersThatAGangStillWaitsFor(@TempDir Path directory) throws IOException {
        var file = directory.resolve("gang.yaml");
        Files.writeString(
                file,
                "{name: g, tasks: [{name: t, command: x, instances: 2, gang: {group: lonely, size: 5, timeout: 1h}}]}");
        type("submit", "--id", "1", file.toString());

        await().atMost(LONG)
                .untilAsserted(() -> assertThat(type("explain", "g-1/t/0").out())
                        .contains("It waits for 3 more members of its gang lonely, "));
        type("kill", "--wait", "g-1/");
    }

    @Test
    void saysThatAGangNeedsMoreAgentsThanThereAre(@TempDir Path directory) throws IOException {
        var file = directory.resolve("gang.yaml");
        Files.writeString(
                file,
                "{name: wide, tasks: [{name: t, command: x, instances: 3, distinctHosts: true, gang: {timeout: 1h}}]}");
        var sentence = "It needs 3 agents at once, and 2 suit at the most.";

        assertThat(type("plan", file.toString()).out()).contains("t/2: waits. ").contains(sentence);
        type("submit", "--id", "1", file.toString());
        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(type("explain", "wide-1/t/0").out()).contains(sentence));
        type("kill", "--wait", "wide-1/");
    }

    @Test
    void plansWithoutSubmittingAnything() {
        var typed = type("plan", "--name", "planned", "--instances", "2", "--", "true");
        var tooLarge = type("plan", "--name", "planned", "--cpus", "1000", "--", "true");
        var json = json(
                type("plan", "--name", "planned", "-o", "json", "--", "true").out());

        assertThat(typed.exitCode()).isZero();
        assertThat(typed.out())
                .containsPattern("task/0: placed on agent-[12]\n")
                .endsWith("2 tasks: 2 would be placed, 0 would wait. Nothing was submitted.\n");
        assertThat(tooLarge.exitCode()).isZero();
        assertThat(tooLarge.out())
                .contains("task/0: waits. No agent that meets its constraints is large enough, however empty:")
                .endsWith("1 task: 0 would be placed, 1 would wait. Nothing was submitted.\n");
        assertThat(json.get("state").asText()).isEqualTo("TASK_STAGING");
        assertThat(type("tasks", "--all").out()).doesNotContain("planned");
    }

    @Test
    void reservesOnceAndTakesBackWhatIsThere() {
        assertThat(type("reserve", "agent-1", "kept", "cpus=0.1").err()).isEmpty();
        assertThat(type("reserve", "agent-1", "kept", "cpus=100000").err()).contains("refused");
        assertThat(type("unreserve", "agent-1", "kept", "cpus=0.1", "--label", "a=b")
                        .err())
                .contains("refused");
        assertThat(type("unreserve", "agent-1", "kept", "cpus=0.1").err()).isEmpty();
    }

    @Test
    void showsThePoolsSettingsAsTheyWereSet() {
        assertThat(type("pool", "set", "default", "--placement", "spread", "--hold-after", "90s")
                        .out())
                .isEqualTo("pool default: done\n");

        await().atMost(LONG)
                .untilAsserted(() -> assertThat(type("pool", "show", "default").out())
                        .containsPattern("(?m)^placement +spread$")
                        .containsPattern("(?m)^hold-after +1m30s$"));
        assertThat(type("pool", "show", "no-such").err()).contains("there is no pool no-such");
    }

    private static Cli type(String... arguments) {
        return Cli.typeAt(dataDir, arguments);
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
