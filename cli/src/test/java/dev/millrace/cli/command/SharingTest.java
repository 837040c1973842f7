package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.agent.AgentShape;
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
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Roles that share a machine, with real processes. */
class SharingTest {
    private static final Duration LONG = Duration.ofSeconds(90);
    private static final int CPUS = 2;
    /** How many tasks of a tenth of a core there is room for. */
    private static final int SLOTS = 10 * CPUS;

    private static final ObjectMapper JSON = new ObjectMapper();

    private static Path dataDir = Path.of("");
    private static LocalCluster cluster;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        dataDir = Files.createTempDirectory("sharing-");
        cluster = LocalCluster.start(new LocalClusterSettings(
                dataDir,
                new Topics("sharing."),
                OptionalInt.of(1),
                FreePorts.next(),
                AgentShape.parse("cpus=" + CPUS)));
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        cluster.close();
        LocalCluster.forget(dataDir);
    }

    @Test
    void rolesOfWeightOneAndThreeShareTheMachineOneToThree(@TempDir Path directory) throws IOException {
        type("role", "set", "share/one", "--weight", "1");
        type("role", "set", "share/three", "--weight", "3");
        submit(
                "share/one",
                "one",
                2 * SLOTS,
                "until [ -e " + directory + "/go-$MILLRACE_INSTANCE ]; do sleep 0.2; done");
        await().atMost(LONG).until(() -> placed("share/one") == SLOTS);
        submit("share/three", "three", SLOTS, "sleep 1000");
        await().atMost(LONG).until(() -> queued("share/three") == SLOTS);

        for (int instance = 0; instance < SLOTS; instance++) {
            Files.createFile(directory.resolve("go-" + instance));
        }

        await().atMost(LONG)
                .until(() -> placed("share/one") == SLOTS / 4 && placed("share/three") == SLOTS - SLOTS / 4);
        type("kill", "--wait", "one-s/", "three-s/");
    }

    @Test
    void aRaisedGuaranteeReclaimsFromABorrower() {
        int owned = SLOTS / 2;
        type("pool", "set", "default", "--reclaim-delay", "1s");
        submit("borrower", "borrower", SLOTS, "sleep 1000", "--restart", "on-failure", "--kill-grace", "1s");
        await().atMost(LONG).until(() -> running("borrower") == SLOTS);
        submit("owner", "owner", owned, "sleep 1000");

        type("role", "set", "owner", "--guarantee", "cpus=" + owned + "00m");

        await().atMost(LONG).until(() -> running("owner") == owned);
        assertThat(running("borrower")).isEqualTo(SLOTS - owned);
        assertThat(type("tasks", "--all", "-o", "json").out()).contains("REASON_PREEMPTED");
        type("kill", "--wait", "borrower-s/", "owner-s/");
    }

    private static void submit(String role, String job, int tasks, String line, String... more) {
        String[] arguments = {
            "submit",
            "--id",
            "s",
            "--name",
            job,
            "--role",
            role,
            "--cpus",
            "0.1",
            "--memory",
            "8MiB",
            "--instances",
            Integer.toString(tasks)
        };
        String[] all = new String[arguments.length + more.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        all[all.length - 2] = "--";
        all[all.length - 1] = line;
        assertThat(type(all).exitCode()).isZero();
    }

    private static long queued(String role) {
        return count(role, Set.of("TASK_QUEUED"));
    }

    private static long running(String role) {
        return count(role, Set.of("TASK_RUNNING"));
    }

    /** How many tasks of the role are on the agent, running or about to. */
    private static long placed(String role) {
        return count(role, Set.of("TASK_STAGING", "TASK_STARTING", "TASK_RUNNING"));
    }

    private static long count(String role, Set<String> states) {
        return type("tasks", "-o", "json")
                .out()
                .lines()
                .map(SharingTest::json)
                .filter(task -> task.get("role").asText().equals(role))
                .filter(task -> states.contains(task.get("state").asText()))
                .count();
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Cli type(String... arguments) {
        return Cli.typeAt(dataDir, arguments);
    }
}
