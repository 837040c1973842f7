package dev.millrace.client.framework;

import static dev.millrace.client.framework.ScriptedScheduler.LONG;
import static dev.millrace.client.framework.ScriptedScheduler.POOL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.InvalidRequestException;
import dev.millrace.client.TestCluster;
import dev.millrace.contract.AcceptOffers;
import dev.millrace.contract.FrameworkFailure;
import dev.millrace.contract.FrameworkLeaving;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import dev.millrace.contract.MessageToFramework;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OperationState;
import dev.millrace.contract.OperationType;
import dev.millrace.contract.OperationUpdated;
import dev.millrace.contract.Reason;
import dev.millrace.contract.ReconcileTasks;
import dev.millrace.contract.Reconciled;
import dev.millrace.contract.Subscribe;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SchedulerDriverTest {
    private static final Duration MOMENT = Duration.ofMillis(50);

    private static final TestCluster CLUSTER = TestCluster.with("scheduler-driver");

    private final ScriptedScheduler scheduler = new ScriptedScheduler(CLUSTER);
    private final FrameworkInfo info = FrameworkInfo.of(scheduler.framework, "eng");

    @AfterAll
    static void closeCluster() {
        CLUSTER.close();
    }

    @AfterEach
    void close() {
        scheduler.close();
    }

    @Test
    void callsBackInOrderOnOneThread() {
        RecordingScheduler framework = new RecordingScheduler();
        try (SchedulerDriver driver = start(framework)) {
            long incarnation = scheduler.takeSubscribe().getIncarnation();
            scheduler.offer(incarnation, "o-1", "o-2");
            scheduler.rescind("o-2");
            scheduler.tell(new OperationUpdated(
                    POOL,
                    scheduler.framework,
                    "op",
                    0,
                    OperationType.LAUNCH,
                    "o-1",
                    OperationState.OPERATION_FINISHED,
                    Reason.REASON_NONE,
                    "",
                    Instant.EPOCH));
            scheduler.tell(new MessageToFramework(
                    POOL,
                    scheduler.framework,
                    "agent-1",
                    "e-1",
                    ByteBuffer.wrap("hi".getBytes(StandardCharsets.UTF_8))));
            scheduler.tell(failure("e-1"));
            scheduler.tell(failure(""));
            scheduler.tell(new Reconciled(POOL, scheduler.framework, "r-1", List.of(), true));
            scheduler.error(incarnation, false, "too fast");

            assertThat(framework.first(9))
                    .containsExactly(
                            "registered 0",
                            "offers [o-1, o-2]",
                            "rescinded o-2",
                            "operation op",
                            "message e-1 agent-1 hi",
                            "executor lost e-1",
                            "agent lost agent-1",
                            "reconciled r-1",
                            "error AcceptOffers of o-1: too fast");
            assertThat(framework.threads()).isEqualTo(1);
            assertThat(driver.status()).isEqualTo(DriverStatus.DRIVER_RUNNING);
        }
    }

    @Test
    void launchesTasksInThePoolAndRoleOfTheOffer() {
        try (SchedulerDriver driver = start(new RecordingScheduler())) {
            scheduler.takeSubscribe();
            TaskRequest task = TestCluster.request("elsewhere", "a").build();

            driver.launchTasks(List.of(ScriptedScheduler.offer("o-1")), List.of(task));

            AcceptOffers accept = scheduler.next(AcceptOffers.class);
            assertThat(accept.getOfferIds()).containsExactly("o-1");
            assertThat(accept.getOperations())
                    .singleElement()
                    .satisfies(operation -> assertThat(operation.getTasks())
                            .containsExactly(TaskRequest.newBuilder(task)
                                    .setPool(POOL)
                                    .setRole("eng")
                                    .build()));
        }
    }

    @Test
    void aSlowCallbackStopsNoHeartbeatAndLosesNoEvent() throws InterruptedException {
        CountDownLatch slow = new CountDownLatch(1);
        RecordingScheduler framework = new RecordingScheduler(words -> {
            if (words.startsWith("registered")) {
                waitFor(slow);
            }
        });
        try (SchedulerDriver driver = start(framework)) {
            scheduler.takeSubscribe(MOMENT, Duration.ofSeconds(5));
            List<String> expected = new ArrayList<>(List.of("registered 0"));
            // More than Kafka's consumer hands over at once.
            for (int i = 1; i <= 600; i++) {
                scheduler.status("a", i, TaskState.TASK_RUNNING);
                expected.add("status a " + i);
            }
            // They take longer than the timeout.
            scheduler.heartbeats(110);
            slow.countDown();

            assertThat(framework.first(expected.size())).isEqualTo(expected);
            assertThat(driver.status()).isEqualTo(DriverStatus.DRIVER_RUNNING);
        }
    }

    @Test
    void saysThatTheSchedulerIsSilentAndThatItIsBack() {
        RecordingScheduler framework = new RecordingScheduler();
        try (SchedulerDriver driver = start(framework)) {
            long incarnation =
                    scheduler.takeSubscribe(MOMENT, Duration.ofMillis(300)).getIncarnation();
            assertThat(framework.first(2)).containsExactly("registered 0", "disconnected");

            scheduler.heartbeat(incarnation);

            assertThat(framework.first(3).get(2)).isEqualTo("reregistered");
            assertThat(driver.status()).isEqualTo(DriverStatus.DRIVER_RUNNING);
        }
    }

    @Test
    void aFatalErrorAbortsAndThisProcessSubscribesNeverAgain() throws InterruptedException {
        RecordingScheduler framework = new RecordingScheduler();
        try (SchedulerDriver driver = start(framework)) {
            long incarnation = scheduler.takeSubscribe(MOMENT, LONG).getIncarnation();
            scheduler.error(incarnation, true, "taken over");

            assertThat(driver.join()).isEqualTo(DriverStatus.DRIVER_ABORTED);
            assertThat(framework.heard).containsExactly("registered 0", "error AcceptOffers of o-1: taken over");
            assertThat(driver.reviveOffers()).isEqualTo(DriverStatus.DRIVER_ABORTED);
        }
        assertThat(scheduler.calledUntilNow()).isEmpty();
    }

    @Test
    void stoppedFromACallbackItTearsTheFrameworkDownAfterAllThatWasCalled() throws InterruptedException {
        AtomicReference<SchedulerDriver> self = new AtomicReference<>();
        RecordingScheduler framework = new RecordingScheduler(words -> {
            if (words.startsWith("status")) {
                self.get().killTask("b");
                self.get().stop(false);
            }
        });
        try (SchedulerDriver driver = new SchedulerDriver(CLUSTER.config, info, framework)) {
            self.set(driver);
            driver.start();
            scheduler.takeSubscribe();
            scheduler.status("a", 1, TaskState.TASK_FINISHED);

            assertThat(driver.join()).isEqualTo(DriverStatus.DRIVER_STOPPED);
        }
        assertThat(scheduler.calledUntilNow()).containsExactly("KillFrameworkTask", "Teardown");
    }

    @Test
    void stoppedForASuccessorItLeavesAndThatOneGoesOnWithTheNextEvent() throws InterruptedException {
        RecordingScheduler first = new RecordingScheduler();
        SchedulerDriver stopped = start(first);
        scheduler.takeSubscribe();
        scheduler.status("a", 1, TaskState.TASK_RUNNING);
        first.first(2);

        stopped.stop(true);
        DriverStatus end = stopped.join();
        scheduler.next(FrameworkLeaving.class);
        scheduler.status("a", 2, TaskState.TASK_FINISHED);

        assertThat(end).isEqualTo(DriverStatus.DRIVER_STOPPED);
        RecordingScheduler second = new RecordingScheduler();
        try (SchedulerDriver driver = start(second)) {
            Subscribe subscribe = scheduler.next(Subscribe.class);
            scheduler.subscribed(subscribe.getIncarnation(), LONG, LONG, 1);

            assertThat(second.first(2)).containsExactly("registered 1", "status a 2");
            assertThat(driver.status()).isEqualTo(DriverStatus.DRIVER_RUNNING);
        }
    }

    @Test
    void aCallbackThatThrowsAbortsAndItsEventComesToTheSuccessor() throws InterruptedException {
        SchedulerDriver broken = start(new RecordingScheduler(words -> {
            if (words.startsWith("status")) {
                throw new IllegalStateException("a bug");
            }
        }));
        scheduler.takeSubscribe();
        scheduler.status("a", 1, TaskState.TASK_RUNNING);

        assertThat(broken.join()).isEqualTo(DriverStatus.DRIVER_ABORTED);
        scheduler.next(FrameworkLeaving.class);
        RecordingScheduler second = new RecordingScheduler();
        try (SchedulerDriver driver = start(second)) {
            scheduler.takeSubscribe();

            assertThat(second.first(2)).containsExactly("registered 0", "status a 1");
            assertThat(driver.status()).isEqualTo(DriverStatus.DRIVER_RUNNING);
        }
    }

    @Test
    void abortedItCallsNobodyBackAndMakesNoCall() throws InterruptedException {
        AtomicReference<SchedulerDriver> self = new AtomicReference<>();
        RecordingScheduler framework = new RecordingScheduler(words -> {
            self.get().abort();
            self.get().suppressOffers();
        });
        SchedulerDriver driver = new SchedulerDriver(CLUSTER.config, info, framework);
        self.set(driver);
        driver.start();
        long incarnation = scheduler.takeSubscribe().getIncarnation();
        scheduler.offer(incarnation, "o-1");

        assertThat(driver.join()).isEqualTo(DriverStatus.DRIVER_ABORTED);
        assertThat(framework.heard).containsExactly("registered 0");
        assertThat(scheduler.calledUntilNow()).containsExactly("FrameworkLeaving");
    }

    @Test
    void canBeClosedFromACallbackAndBeforeItIsStarted() throws InterruptedException {
        AtomicReference<SchedulerDriver> self = new AtomicReference<>();
        SchedulerDriver driver = new SchedulerDriver(
                CLUSTER.config, info, new RecordingScheduler(words -> self.get().close()));
        self.set(driver);
        driver.close();
        driver.start();
        scheduler.takeSubscribe();

        assertThat(driver.join()).isEqualTo(DriverStatus.DRIVER_STOPPED);
    }

    @Test
    void theLogCallbackIsGivenTheOutputOfTheFrameworksTasksOfEarlierProcessesToo() throws InterruptedException {
        LinkedBlockingQueue<String> output = new LinkedBlockingQueue<>();
        AtomicReference<FrameworkReport> latest = new AtomicReference<>();
        try (SchedulerDriver driver = new SchedulerDriver(CLUSTER.config, info, new RecordingScheduler())) {
            driver.registerMonitorCallback(MOMENT, latest::set);
            driver.registerLogCallback(chunk -> output.add(chunk.getTaskId() + ": " + text(chunk)));
            driver.start();
            long incarnation = scheduler.next(Subscribe.class).getIncarnation();
            scheduler.subscribed(incarnation, LONG, LONG, 1);
            // It asks by itself for what earlier processes have launched.
            ReconcileTasks asked = scheduler.next(ReconcileTasks.class);
            assertThat(asked.getTaskIds()).isEmpty();
            scheduler.tell(new Reconciled(
                    POOL,
                    scheduler.framework,
                    asked.getReconciliationId(),
                    List.of(ScriptedScheduler.statusOf(scheduler.framework, "earlier", 3, TaskState.TASK_RUNNING)),
                    true));
            driver.launchTasks(
                    List.of(ScriptedScheduler.offer("o-1")),
                    List.of(TestCluster.request(POOL, "mine").build()));
            write("mine", 0, "one ");

            assertThat(output.poll(30, TimeUnit.SECONDS)).isEqualTo("mine: one ");
            await().atMost(LONG)
                    .until(() -> latest.get() != null && latest.get().tasks().containsKey(TaskState.TASK_RUNNING));
            write("somebody else's", 0, "no");
            write("mine", 2, "e two");
            write("earlier", 0, "three");
            assertThat(List.of(output.poll(30, TimeUnit.SECONDS), output.poll(30, TimeUnit.SECONDS)))
                    .containsExactlyInAnyOrder("mine: two", "earlier: three");
        }
    }

    @Test
    void asksWhereAllTasksStandOnlyAfterTheSameQuestionWasAnswered() {
        RecordingScheduler framework = new RecordingScheduler();
        try (SchedulerDriver driver = new SchedulerDriver(CLUSTER.config, info, framework)) {
            driver.registerLogCallback(chunk -> {});
            driver.start();
            long incarnation = scheduler.next(Subscribe.class).getIncarnation();
            scheduler.subscribed(incarnation, LONG, LONG, 1);
            ReconcileTasks ofTheDriver = scheduler.next(ReconcileTasks.class);
            framework.first(1);
            driver.reconcileTasks("all", List.of());
            driver.reconcileTasks("one", List.of("a"));
            ReconcileTasks meanwhile = scheduler.next(ReconcileTasks.class);
            scheduler.tell(
                    new Reconciled(POOL, scheduler.framework, ofTheDriver.getReconciliationId(), List.of(), false));
            scheduler.tell(
                    new Reconciled(POOL, scheduler.framework, ofTheDriver.getReconciliationId(), List.of(), true));

            assertThat(meanwhile.getReconciliationId()).isEqualTo("one");
            assertThat(scheduler.next(ReconcileTasks.class).getReconciliationId())
                    .isEqualTo("all");
            scheduler.tell(new Reconciled(POOL, scheduler.framework, "all", List.of(), true));
            assertThat(framework.first(2)).containsExactly("registered 1", "reconciled all");
        }
    }

    @Test
    void aCallThatCannotBeSentIsToldAndNothingOfItIsCounted() throws InterruptedException {
        ClusterConfig narrow =
                new ClusterConfig(CLUSTER.config.bootstrapServers(), CLUSTER.topics, Map.of("max.request.size", 600));
        LinkedBlockingQueue<FrameworkReport> reports = new LinkedBlockingQueue<>();
        RecordingScheduler framework = new RecordingScheduler();
        try (SchedulerDriver driver = new SchedulerDriver(narrow, info, framework)) {
            driver.start();
            scheduler.offer(scheduler.takeSubscribe().getIncarnation(), "o-1");
            framework.first(2);
            TaskRequest large =
                    TestCluster.request(POOL, "a").setShell("#".repeat(1_000)).build();

            driver.launchTasks(List.of(ScriptedScheduler.offer("o-1")), List.of(large));

            assertThat(framework.first(3).get(2))
                    .startsWith("error AcceptOffers of [o-1] with tasks [a] could not be sent: ");
            driver.registerMonitorCallback(MOMENT, reports::add);
            FrameworkReport report = next(reports);
            assertThat(report.tasks()).isEmpty();
            assertThat(report.offersOut()).isEqualTo(1);
            assertThat(framework.threads()).isEqualTo(1);
        }
    }

    @Test
    void tasksThatBreakARuleAreNotCountedAndNeitherAreThoseOfADriverThatDoesNotRun() throws InterruptedException {
        LinkedBlockingQueue<FrameworkReport> reports = new LinkedBlockingQueue<>();
        List<Offer> offers = List.of(ScriptedScheduler.offer("o-1"));
        TaskRequest task = TestCluster.request(POOL, "a").build();
        try (SchedulerDriver driver = new SchedulerDriver(CLUSTER.config, info, new RecordingScheduler())) {
            assertThat(driver.launchTasks(offers, List.of(task))).isEqualTo(DriverStatus.DRIVER_NOT_STARTED);
            driver.start();
            TaskRequest wrong = TaskRequest.newBuilder(task).setTaskId("no id").build();
            assertThatThrownBy(() -> driver.launchTasks(offers, List.of(wrong)))
                    .isInstanceOf(InvalidRequestException.class);
            assertThatThrownBy(() -> driver.launchTasks(List.of(), List.of(task)))
                    .isInstanceOf(IllegalArgumentException.class);

            driver.registerMonitorCallback(MOMENT, reports::add);
            assertThat(next(reports).tasks()).isEmpty();
        }
    }

    @Test
    void theLogCallbackMayEndTheDriverWhichTakesNoCallbackAfterwards() throws InterruptedException {
        AtomicReference<SchedulerDriver> self = new AtomicReference<>();
        CountDownLatch closed = new CountDownLatch(1);
        SchedulerDriver driver = new SchedulerDriver(CLUSTER.config, info, new RecordingScheduler());
        self.set(driver);
        driver.registerLogCallback(chunk -> {
            self.get().close();
            closed.countDown();
        });
        driver.start();
        scheduler.takeSubscribe();
        driver.launchTasks(
                List.of(ScriptedScheduler.offer("o-1")),
                List.of(TestCluster.request(POOL, "ends-it").build()));
        write("ends-it", 0, "now");

        assertThat(driver.join()).isEqualTo(DriverStatus.DRIVER_STOPPED);
        assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> driver.registerMonitorCallback(MOMENT, report -> {}))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theMonitorCallbackIsToldHowTheFrameworkStands() throws InterruptedException {
        LinkedBlockingQueue<FrameworkReport> reports = new LinkedBlockingQueue<>();
        RecordingScheduler framework = new RecordingScheduler();
        try (SchedulerDriver driver = new SchedulerDriver(CLUSTER.config, info, framework)) {
            driver.registerMonitorCallback(MOMENT, reports::add);
            assertThat(next(reports).status()).isEqualTo(DriverStatus.DRIVER_NOT_STARTED);
            driver.start();
            long incarnation = scheduler.takeSubscribe().getIncarnation();
            scheduler.offer(incarnation, "o-1", "o-2");
            scheduler.status("a", 1, TaskState.TASK_RUNNING);
            scheduler.status("b", 1, TaskState.TASK_RUNNING);
            scheduler.status("c", 1, TaskState.TASK_RUNNING);
            CLUSTER.publish(TestCluster.status(POOL, "c", 2, TaskState.TASK_FINISHED)
                    .setFrameworkId(scheduler.framework)
                    .setAttemptEnded(true)
                    .setTaskEnded(true)
                    .build());
            framework.first(6);
            reports.clear();
            // This one may have been begun before.
            next(reports);

            FrameworkReport report = next(reports);

            assertThat(report.status()).isEqualTo(DriverStatus.DRIVER_RUNNING);
            assertThat(report.connected()).isTrue();
            assertThat(report.offersOut()).isEqualTo(2);
            assertThat(report.tasks())
                    .containsEntry(TaskState.TASK_RUNNING, 2)
                    .containsEntry(TaskState.TASK_FINISHED, 1)
                    .hasSize(2);
        }
    }

    private SchedulerDriver start(Scheduler framework) {
        SchedulerDriver driver = new SchedulerDriver(CLUSTER.config, info, framework);
        driver.start();
        return driver;
    }

    private FrameworkFailure failure(String executorId) {
        return FrameworkFailure.newBuilder()
                .setPool(POOL)
                .setFrameworkId(scheduler.framework)
                .setAgentId("agent-1")
                .setExecutorId(executorId)
                .setDecidedAt(Instant.EPOCH)
                .build();
    }

    private static FrameworkReport next(LinkedBlockingQueue<FrameworkReport> reports) throws InterruptedException {
        FrameworkReport report = reports.poll(30, TimeUnit.SECONDS);
        assertThat(report).isNotNull();
        return report;
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void write(String taskId, long position, String text) {
        CLUSTER.publish(
                Topic.TASK_LOGS,
                Topics.partition(taskId, TestCluster.PARTITIONS),
                taskId,
                LogChunk.newBuilder()
                        .setPool(POOL)
                        .setTaskId(taskId)
                        .setAttempt(1)
                        .setAgentId("agent-1")
                        .setStream(LogStream.STDOUT)
                        .setPosition(position)
                        .setData(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)))
                        .setReadAt(Instant.EPOCH)
                        .build());
    }

    private static String text(LogChunk chunk) {
        return StandardCharsets.UTF_8.decode(chunk.getData().duplicate()).toString();
    }
}
