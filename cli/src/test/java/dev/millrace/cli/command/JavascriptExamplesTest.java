package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.cli.up.LocalCluster;
import dev.millrace.cli.up.LocalClusterSettings;
import dev.millrace.contract.FrameworkRole;
import dev.millrace.contract.Resources;
import dev.millrace.contract.Subscribe;
import dev.millrace.local.FreePorts;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The examples in JavaScript, run by Node on a cluster with real processes behind it. They know of Millrace only its exported schemas. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class JavascriptExamplesTest {
    private static final Path SOURCES = Path.of("../examples/javascript");
    private static final String PREFIX = "javascript.";
    private static final int PATIENCE_SECONDS = 90;

    private static final boolean HAS_NODE = isThere("node") && isThere("npm");
    private static final String WHY_SKIPPED =
            "The examples in JavaScript are not tested, since node and npm are not installed";

    private static Path dataDir = Path.of("");
    private static Path examples = Path.of("");
    private static LocalCluster cluster;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        if (!HAS_NODE) {
            System.out.println(WHY_SKIPPED);
            return;
        }
        examples = Files.createDirectories(Path.of("target/javascript"));
        for (var file :
                List.of("package.json", "package-lock.json", "wire.js", "cluster.js", "submit.js", "framework.js")) {
            Files.copy(SOURCES.resolve(file), examples.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        var installed = run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline");
        assertThat(installed.exitCode()).as(installed.said()).isZero();
        assertThat(Cli.type("schemas", "export", examples.resolve("schemas").toString())
                        .exitCode())
                .isZero();
        dataDir = Files.createTempDirectory("javascript-");
        cluster = LocalCluster.start(
                new LocalClusterSettings(dataDir, new Topics(PREFIX), OptionalInt.of(2), FreePorts.next()));
    }

    @BeforeEach
    void requireNode() {
        assumeTrue(HAS_NODE, WHY_SKIPPED);
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        if (cluster != null) {
            cluster.close();
            LocalCluster.forget(dataDir);
        }
    }

    @Test
    void namesNoRegistry() {
        assertThat(SOURCES.resolve("package-lock.json")).content().doesNotContain("resolved", "://");
    }

    @Test
    void readsAndWritesTheSameBytesAsOthersDoAndLongsOfAllBits() {
        var subscribe = Subscribe.newBuilder()
                .setPool("default")
                .setFrameworkId("spark")
                .setIncarnation(Long.MIN_VALUE + 1)
                .setRoles(List.of(FrameworkRole.newBuilder()
                        .setRole("eng")
                        .setUnit(Resources.newBuilder().setCpuMillis(500).build())
                        .setUnitsWanted(7)
                        .build()))
                .build();
        var bytes = HexFormat.of().formatHex(new RecordCodec().encode(subscribe));

        var ended = run("node", "-e", """
                const { Wire } = require('./wire.js');
                const wire = new Wire('schemas');
                const { name, record } = wire.decode(Buffer.from('%s', 'hex'));
                console.log(name, record.incarnation, typeof record.failoverTimeoutMs, wire.encode(name, record).toString('hex'));
                """.formatted(bytes));

        assertThat(ended.said()).isEqualTo("Subscribe -9223372036854775807n number " + bytes + "\n");
    }

    @Test
    void submitsTasksAndReadsTheirStatuses() {
        var ended = node("submit.js", "--tasks=3");

        assertThat(ended.exitCode()).as(ended.said()).isZero();
        for (int i = 0; i < 3; i++) {
            assertThat(ended.said())
                    .containsPattern("js-.*/" + i + " TASK_QUEUED\n")
                    .containsPattern("js-.*/" + i + " TASK_RUNNING on agent-[12]\n")
                    .containsPattern("js-.*/" + i + " TASK_FINISHED on agent-[12]\n");
        }
    }

    @Test
    void saysByItsExitCodeThatATaskFailed() {
        var ended = node("submit.js", "--tasks=1", "--command=exit 3");

        assertThat(ended.exitCode()).as(ended.said()).isEqualTo(1);
        assertThat(ended.said()).contains("TASK_FAILED");
    }

    @Test
    void placesTasksAsAFrameworkDoes() {
        var ended = node("framework.js", "--tasks=3");

        assertThat(ended.exitCode()).as(ended.said()).isZero();
        assertThat(ended.said())
                .startsWith("subscribed\n")
                .containsPattern("accepting .* of agent-[12] for 3 tasks\n")
                .containsPattern("declining ")
                .contains("LAUNCH OPERATION_FINISHED");
        for (int i = 0; i < 3; i++) {
            assertThat(ended.said())
                    .containsPattern("js-.*/" + i + " TASK_STAGING\n")
                    .containsPattern("js-.*/" + i + " TASK_FINISHED\n");
        }
        assertThat(Cli.typeAt(dataDir, "frameworks", "-o=json").out()).isEmpty();
    }

    @Test
    void endsWhenAnOperatorTearsTheFrameworkDown() {
        var running = CompletableFuture.supplyAsync(() -> node("framework.js", "--tasks=1", "--command=sleep 1000"));
        await().atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                .until(() ->
                        Cli.typeAt(dataDir, "tasks", "--state=running").out().contains("js-"));
        var id = Cli.typeAt(dataDir, "frameworks", "-o=json")
                .out()
                .replaceAll("(?s).*\"frameworkId\":\"(js-[^\"]*)\".*", "$1");

        var torn = Cli.typeAt(dataDir, "framework", "teardown", id, "--message=enough of it");

        assertThat(torn.out()).startsWith("framework " + id + " of pool default: done");
        assertThat(running).succeedsWithin(Duration.ofSeconds(PATIENCE_SECONDS));
        assertThat(running.join().exitCode()).isEqualTo(1);
        assertThat(running.join().said())
                .contains("REASON_FRAMEWORK_REMOVED: an operator has torn the framework down: enough of it");
        await().atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                .untilAsserted(() ->
                        assertThat(Cli.typeAt(dataDir, "frameworks").err()).isEqualTo("No frameworks.\n"));
    }

    private record Ended(int exitCode, String said) {}

    private static Ended node(String script, String... arguments) {
        var command = new ArrayList<>(List.of(
                "node",
                script,
                "--schemas=schemas",
                "--brokers=" + cluster.config().bootstrapServers(),
                "--prefix=" + PREFIX));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    /** Runs a program in the examples' directory to its end. */
    private static Ended run(String... command) {
        try {
            var output = Files.createTempFile(examples, "said-", ".txt");
            var process = new ProcessBuilder(command)
                    .directory(examples.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(String.join(" ", command) + " has not ended: " + Files.readString(output));
            }
            var said = Files.readString(output);
            Files.delete(output);
            return new Ended(process.exitValue(), said);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isThere(String program) {
        for (var directory : System.getenv().getOrDefault("PATH", "").split(":")) {
            if (Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }
}
