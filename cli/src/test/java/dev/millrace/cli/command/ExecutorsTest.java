package dev.millrace.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.cli.up.LocalCluster;
import dev.millrace.cli.up.LocalClusterSettings;
import dev.millrace.client.framework.FrameworkInfo;
import dev.millrace.client.framework.Operations;
import dev.millrace.client.framework.Scheduler;
import dev.millrace.client.framework.SchedulerDriver;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.FrameworkFailure;
import dev.millrace.contract.Offer;
import dev.millrace.contract.Resources;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.local.FreePorts;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A framework with an executor of its own on a whole cluster, with real processes. */
class ExecutorsTest {
    private static final Duration LONG = Duration.ofSeconds(90);

    private final Recorder recorder = new Recorder();
    private Path dataDir;
    private LocalCluster cluster;

    /** Launches two tasks and a group of two on the first offer, and notes what it hears. */
    private static final class Recorder implements Scheduler {
        final List<TaskStatus> statuses = new CopyOnWriteArrayList<>();
        final List<String> messages = new CopyOnWriteArrayList<>();
        final List<FrameworkFailure> failures = new CopyOnWriteArrayList<>();
        volatile String agentId = "";

        @Override
        public void resourceOffers(SchedulerDriver driver, List<Offer> offers) {
            Offer first = offers.get(0);
            offers.subList(1, offers.size()).forEach(driver::declineOffer);
            if (agentId.isEmpty()) {
                agentId = first.getAgentId();
                driver.acceptOffers(
                        List.of(first),
                        List.of(
                                Operations.launch("default", first, List.of(task("t"), task("u"))),
                                Operations.launchGroup("default", first, List.of(task("v"), task("w")))),
                        Duration.ofHours(1));
            } else {
                driver.declineOffer(first);
            }
        }

        @Override
        public void statusUpdate(SchedulerDriver driver, TaskStatus status) {
            statuses.add(status);
        }

        @Override
        public void frameworkMessage(SchedulerDriver driver, String executorId, String agentId, byte[] data) {
            messages.add(executorId + " " + new String(data, StandardCharsets.UTF_8));
        }

        @Override
        public void executorLost(SchedulerDriver driver, FrameworkFailure failure) {
            failures.add(failure);
        }

        @Override
        public void error(SchedulerDriver driver, String message) {
            throw new AssertionError(message);
        }

        boolean hears(String taskId, TaskState state) {
            return statuses.stream().anyMatch(each -> each.getTaskId().equals(taskId) && each.getState() == state);
        }
    }

    private static TaskRequest task(String taskId) {
        ExecutorSpec executor = ExecutorSpec.newBuilder()
                .setExecutorId("echo")
                .setArgv(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        EchoExecutor.class.getName()))
                .setResources(
                        Resources.newBuilder().setCpuMillis(50).setMemMib(64).build())
                .setShutdownGracePeriodMs(60_000)
                .build();
        return TaskRequest.newBuilder()
                .setPool("default")
                .setTaskId(taskId)
                .setRole("default")
                .setResources(
                        Resources.newBuilder().setCpuMillis(50).setMemMib(16).build())
                .setExecutor(executor)
                .build();
    }

    @BeforeEach
    void start() throws IOException, InterruptedException {
        dataDir = Files.createTempDirectory("executors-");
        cluster = LocalCluster.start(
                new LocalClusterSettings(dataDir, new Topics("executors."), OptionalInt.of(1), FreePorts.next()));
    }

    @AfterEach
    void stop() throws IOException, InterruptedException {
        cluster.close();
        LocalCluster.forget(dataDir);
    }

    @Test
    void runAFrameworksTasksAndEndWhenTheyAreToldTo() {
        try (SchedulerDriver driver =
                new SchedulerDriver(cluster.config(), FrameworkInfo.of("echo", "default"), recorder)) {
            driver.start();
            for (String taskId : List.of("t", "u", "v", "w")) {
                await().atMost(LONG).until(() -> recorder.hears(taskId, TaskState.TASK_RUNNING));
            }

            driver.sendFrameworkMessage("echo", recorder.agentId, "t".getBytes(StandardCharsets.UTF_8));
            await().atMost(LONG).until(() -> recorder.hears("t", TaskState.TASK_FINISHED));
            driver.killTask("u");
            await().atMost(LONG).until(() -> recorder.hears("u", TaskState.TASK_KILLED));
            driver.shutdownExecutor("echo", recorder.agentId);
            for (String taskId : List.of("v", "w")) {
                await().atMost(LONG).until(() -> recorder.hears(taskId, TaskState.TASK_KILLED));
            }
            await().atMost(LONG).until(() -> !recorder.failures.isEmpty());

            assertThat(recorder.messages).containsExactly("echo t");
            assertThat(recorder.failures.get(0).getExitCode()).isZero();
            assertThat(recorder.statuses)
                    .filteredOn(status -> status.getState() == TaskState.TASK_RUNNING)
                    .allSatisfy(status -> {
                        assertThat(status.getSource()).isEqualTo(StatusSource.SOURCE_EXECUTOR);
                        assertThat(status.getExecutorId()).isEqualTo("echo");
                    });
            driver.stop(false);
        }
    }
}
