package dev.millrace.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.millrace.cli.up.TemporaryCluster;
import dev.millrace.client.MillraceClient;
import dev.millrace.client.OperatorClient;
import dev.millrace.client.ReadModel;
import dev.millrace.client.TaskFilter;
import dev.millrace.client.TaskWatch;
import dev.millrace.client.framework.Allocation;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The example programs, on one cluster with real processes behind it. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ExampleProgramsTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private static TemporaryCluster cluster;
    private static String bootstrapServers = "";

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        cluster = TemporaryCluster.start(new Topics(Topics.DEFAULT_PREFIX), 2, line -> {});
        bootstrapServers = cluster.config().bootstrapServers();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void oneProcessRunsAllTasksAndEndsWithTheFramework() throws InterruptedException {
        List<String> greetings = RunInExecutor.run(bootstrapServers, List.of("Ada", "Grace", "Mary"));

        assertThat(greetings)
                .containsExactlyInAnyOrder(
                        "Hello Ada, you are number 1", "Hello Grace, you are number 2", "Hello Mary, you are number 3");
        // What an executor occupies is given back when it has ended.
        try (ReadModel model = ReadModel.of(cluster.config(), "default")) {
            await().atMost(LONG).until(() -> {
                model.refresh(LONG);
                return model.frameworks("default").stream()
                        .allMatch(framework -> framework.executors().isEmpty());
            });
        }
    }

    @Test
    void addsUpPiInManyTasks() throws InterruptedException {
        long terms = 4_000_000;

        double pi = ComputePi.run(bootstrapServers, terms, 12).orElseThrow();

        // What an alternating series lacks is less than the first term that is left out.
        assertThat(pi).isCloseTo(Math.PI, within(4.0 / (2 * terms + 1)));
    }

    @Test
    void aBatchAServiceAndCommandsShareOneTreeOfRoles() throws Exception {
        Path gate = Files.createTempFile("gate-", "");
        try (MillraceClient client = new MillraceClient(cluster.config());
                WordCount words = WordCount.start(cluster.config());
                TaskWatch service = client.watch("default", words.taskId())) {
            CompletableFuture<Long> batch = CompletableFuture.supplyAsync(() -> BatchArray.run(
                    bootstrapServers,
                    6,
                    "while [ -e " + gate + " ]; do sleep 0.05; done; test $MILLRACE_INSTANCE -lt 5"));
            StreamsJob.submit(bootstrapServers, words.lines(), words.counts());
            words.say("the mill and the race");
            await().atMost(LONG).until(() -> words.count("the") == 2);
            await().atMost(LONG).until(() -> running("eng/batch") == 6 && running("eng/services") == 1);

            TaskStatus command = Interactive.run(client, "exit 7");

            assertThat(command.getExitCode()).isEqualTo(7);
            assertThat(batch).isNotDone();
            assertThat(service.end()).isNotDone();
            Files.delete(gate);
            assertThat(batch).succeedsWithin(LONG).isEqualTo(5L);
            client.kill("default", words.taskId(), "the test is over").join();
            assertThat(service.end()).succeedsWithin(LONG);
            assertThat(service.end().join().getState()).isEqualTo(TaskState.TASK_KILLED);
        }
    }

    private static long running(String role) {
        try (ReadModel model = ReadModel.of(cluster.config(), "default")) {
            return model.tasks(TaskFilter.all().inStates(Set.of(TaskState.TASK_RUNNING))).stream()
                    .filter(task -> task.task().getRole().equals(role))
                    .count();
        }
    }

    @Test
    void launchesTasksOnWhatIsOfferedAndIsOverAfterTheLast() throws InterruptedException {
        boolean allFinished = LaunchTasks.run(bootstrapServers, 5, "true");

        assertThat(allFinished).isTrue();
        try (ReadModel model = awaitNoFramework()) {
            assertThat(model.tasks(TaskFilter.all().withIdPrefix("launch-").inStates(Set.of(TaskState.TASK_FINISHED))))
                    .hasSize(5);
        }
    }

    @Test
    void doesNotCallATaskFinishedThatFailed() throws InterruptedException {
        assertThat(LaunchTasks.run(bootstrapServers, 2, "exit 1")).isFalse();
    }

    @Test
    void showsWhatATaskWritesAndHowTheFrameworkStandsWhileItRuns() throws Exception {
        Path gate = Files.createTempFile("gate-", "");
        List<String> shown = Collections.synchronizedList(new ArrayList<>());
        CompletableFuture<Void> run = CompletableFuture.runAsync(() -> monitor(
                "echo begun; echo oh >&2; while [ -e " + gate + " ]; do sleep 0.05; done; echo over", shown::add));
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(shown)
                        .contains("STDOUT begun", "STDERR oh")
                        .anyMatch(line -> line.startsWith("tasks {TASK_RUNNING=1}")));
        assertThat(shown).doesNotContain("STDOUT over");

        Files.delete(gate);

        assertThat(run).succeedsWithin(LONG);
        assertThat(shown).contains("STDOUT over").anyMatch(line -> line.endsWith("/0 TASK_FINISHED"));
    }

    private static void monitor(String command, Consumer<String> shown) {
        try {
            MonitorTasks.run(bootstrapServers, command, shown);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void allocatesResourcesAndGivesThemBackAfterTheCommand() {
        TaskStatus end = AllocateResources.run(bootstrapServers, needs(200, 64), "exit 3");

        assertThat(end.getState()).isEqualTo(TaskState.TASK_FAILED);
        assertThat(end.getExitCode()).isEqualTo(3);
        awaitNoFramework().close();
    }

    @Test
    void anAllocationIsNobodyElsesUntilItIsReleased() {
        Resources needs = needs(100, 32);
        try (MillraceClient client = new MillraceClient(cluster.config());
                Allocation allocation =
                        client.allocate("default", "default", needs, LONG).orElseThrow();
                ReadModel model = ReadModel.of(cluster.config(), "default")) {
            assertThat(allocation.resources().getCpuMillis()).isEqualTo(100);
            assertThat(allocation.resources().getMemMib()).isEqualTo(32);
            assertThat(model.offers("default"))
                    .extracting(offer -> offer.getAgentId())
                    .containsExactly(allocation.agentId());

            allocation.release();

            await().atMost(LONG).until(() -> {
                model.refresh(LONG);
                return model.offers("default").isEmpty();
            });
            assertThatThrownBy(() -> allocation.launch(List.of())).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void saysWhenThereIsNoRoomInTime() {
        try (MillraceClient client = new MillraceClient(cluster.config())) {
            assertThat(client.allocate("default", "default", needs(1_000_000, 32), Duration.ofSeconds(1)))
                    .isEmpty();
        }
        awaitNoFramework().close();
    }

    @Test
    void closingAnAllocationKillsWhatRunsOnIt() {
        Resources needs = needs(100, 32);
        TaskRequest task = TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId("sleeps-" + UUID.randomUUID())
                .setShell("sleep 1000")
                .setResources(needs)
                .build();
        try (MillraceClient client = new MillraceClient(cluster.config());
                TaskWatch watch = client.watch("default", task.getTaskId())) {
            try (Allocation allocation =
                    client.allocate("default", "default", needs, LONG).orElseThrow()) {
                allocation.launch(List.of(task));
                await().atMost(LONG)
                        .until(() -> watch.last()
                                .filter(status -> status.getState() == TaskState.TASK_RUNNING)
                                .isPresent());
            }

            assertThat(watch.end()).succeedsWithin(LONG);
            assertThat(watch.end().join().getState()).isEqualTo(TaskState.TASK_KILLED);
        }
    }

    @Test
    void anAllocationThatIsNotUsedIsTakenBackAndSaysSo() {
        TaskRequest late = TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId("late-" + UUID.randomUUID())
                .setShell("true")
                .setResources(needs(100, 32))
                .build();
        offerTimeout(Duration.ofSeconds(1));
        try (MillraceClient client = new MillraceClient(cluster.config());
                Allocation allocation = client.allocate("default", "default", needs(100, 32), LONG)
                        .orElseThrow();
                TaskWatch watch = client.watch("default", late.getTaskId())) {
            assertThat(allocation.rescinded()).succeedsWithin(LONG);

            allocation.launch(List.of(late));

            assertThat(watch.end()).succeedsWithin(LONG);
            assertThat(watch.end().join().getState()).isEqualTo(TaskState.TASK_DROPPED);
            assertThat(watch.end().join().getSequence()).isZero();
        } finally {
            offerTimeout(Duration.ofMinutes(1));
        }
    }

    private static void offerTimeout(Duration timeout) {
        try (OperatorClient operators = new OperatorClient(cluster.config())) {
            assertThat(operators.send(
                            id -> ConfigurePool.newBuilder()
                                    .setPool("default")
                                    .setCommandId(id)
                                    .setOfferTimeoutMs(timeout.toMillis())
                                    .build(),
                            LONG))
                    .isInstanceOf(OperatorClient.Answer.Done.class);
        }
    }

    private static Resources needs(long cpuMillis, long memMib) {
        return Resources.newBuilder().setCpuMillis(cpuMillis).setMemMib(memMib).build();
    }

    /** A framework that is torn down is forgotten by the scheduler when its last task is gone. */
    private static ReadModel awaitNoFramework() {
        ReadModel model = ReadModel.of(cluster.config(), "default");
        await().atMost(LONG).until(() -> {
            model.refresh(LONG);
            return model.frameworks("default").isEmpty();
        });
        return model;
    }
}
