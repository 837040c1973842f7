package dev.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.AgentState;
import dev.millrace.contract.Constraint;
import dev.millrace.contract.ConstraintOperator;
import dev.millrace.contract.PendingExplained;
import dev.millrace.contract.PendingKind;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.RequestClasses;
import dev.millrace.schemas.Store;
import dev.millrace.state.AgentTerms;
import dev.millrace.state.PoolSettings;
import dev.millrace.state.SavedAgent;
import dev.millrace.state.SavedClass;
import dev.millrace.state.SavedClock;
import dev.millrace.state.SavedCounters;
import dev.millrace.state.SavedGang;
import dev.millrace.state.SavedOrphan;
import dev.millrace.state.SavedPool;
import dev.millrace.state.SavedTask;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReadModelTest {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    /** Of processor time: how long it takes by the clock is up to what else the machine does. */
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String ONE_CPU = "role=default cpus=0.1 memory=32MiB";

    private final TestCluster cluster = TestCluster.without("read-model");
    private final StoredRecords stored = new StoredRecords(cluster);

    @AfterEach
    void close() {
        stored.close();
        cluster.close();
    }

    @Test
    void isEmptyUntilASchedulerHasRun() throws Exception {
        try (ReadModel model = ReadModel.of(cluster.config)) {
            assertThat(model.exists()).isFalse();
            assertThat(model.tasks(TaskFilter.all())).isEmpty();
            assertThat(model.agents("")).isEmpty();
            assertThat(model.pools()).isEmpty();
            assertThat(model.asOf()).isEmpty();
            assertThat(model.recordsBehind()).isZero();

            stored.makeChangelogs();
            stored.commit(() -> stored.put(
                    StoredRecords.task("default", "a", 1, TaskState.TASK_QUEUED).build()));
            model.refresh(LONG);

            assertThat(model.exists()).isTrue();
            assertThat(model.task("default", "a")).isPresent();
        }
    }

    @Test
    void showsWhatIsCommittedAndFollowsIt() throws Exception {
        stored.makeChangelogs();
        stored.commit(() -> {
            stored.put(StoredRecords.task("default", "a", 1, TaskState.TASK_RUNNING)
                    .build());
            stored.put(
                    StoredRecords.task("default", "b", 2, TaskState.TASK_QUEUED).build());
            stored.put(StoredRecords.task("gpu", "a", 1, TaskState.TASK_QUEUED).build());
        });
        try (ReadModel model = ReadModel.of(cluster.config)) {
            assertThat(ids(model.tasks(TaskFilter.all()))).containsExactly("default/a", "default/b", "gpu/a");
            stored.begin(() -> stored.put(
                    StoredRecords.task("default", "c", 3, TaskState.TASK_QUEUED).build()));
            model.refresh(LONG);
            assertThat(model.task("default", "c")).as("not committed").isEmpty();
            stored.delete(Store.TASKS, "default", "default/b");
            stored.commit();

            assertThat(model.recordsBehind()).isPositive();
            assertThat(model.task("default", "b")).isPresent();
            model.refresh(LONG);

            assertThat(ids(model.tasks(TaskFilter.all()))).containsExactly("default/a", "default/c", "gpu/a");
            assertThat(model.recordsBehind()).isZero();
        }
    }

    @Test
    void forgetsAStateThatWasThrownAway() throws Exception {
        stored.makeChangelogs();
        stored.commit(() -> {
            stored.put(StoredRecords.task("default", "old", 1, TaskState.TASK_RUNNING)
                    .build());
            stored.put(StoredRecords.task("default", "older", 2, TaskState.TASK_RUNNING)
                    .build());
        });
        try (ReadModel model = ReadModel.of(cluster.config)) {
            List<String> changelogs =
                    Stream.of(Store.values()).map(cluster.topics::changelog).toList();
            stored.admin.deleteTopics(changelogs).all().get();
            await().atMost(LONG).until(() -> {
                Set<String> left =
                        new HashSet<>(stored.admin.listTopics().names().get());
                left.retainAll(changelogs);
                return left.isEmpty();
            });
            stored.makeChangelogs();
            stored.commit(() -> stored.put(StoredRecords.task("default", "new", 1, TaskState.TASK_QUEUED)
                    .build()));

            await().atMost(LONG).untilAsserted(() -> {
                model.refresh(LONG);
                assertThat(ids(model.tasks(TaskFilter.all()))).containsExactly("default/new");
            });
        }
    }

    @Test
    void beginsAnewAfterAPauseInWhichDeletionsMayHaveGone() throws Exception {
        stored.makeChangelogs();
        stored.commit(() -> stored.put(StoredRecords.task("default", "deleted", 1, TaskState.TASK_RUNNING)
                .build()));
        AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
        try (ChangelogReader reader =
                new ChangelogReader(cluster.config, Set.of(Store.TASKS), count -> OptionalInt.empty(), now::get)) {
            reader.readOn(LONG);
            // Neither the task nor its deletion is there any more, as when the broker has compacted both away.
            stored.removeAllRecords(Store.TASKS);
            now.set(now.get().plus(Store.DELETIONS_KEPT.dividedBy(2)));
            reader.readOn(LONG);
            assertThat(reader.changelog(Store.TASKS).size())
                    .as("after a short pause it reads on")
                    .isOne();

            now.set(now.get().plus(Store.DELETIONS_KEPT.dividedBy(2)).plusMillis(1));
            reader.readOn(LONG);

            assertThat(reader.changelog(Store.TASKS).size()).isZero();
        }
    }

    @Test
    void filtersTasks() throws Exception {
        stored.makeChangelogs();
        stored.commit(() -> {
            stored.put(StoredRecords.task("default", "job-1/a", 1, TaskState.TASK_RUNNING)
                    .setAgentId("agent-1")
                    .build());
            stored.put(StoredRecords.task("default", "job-1/b", 2, TaskState.TASK_FINISHED)
                    .setEnded(true)
                    .build());
            stored.put(StoredRecords.task("default", "job-2/a", 3, TaskState.TASK_QUEUED)
                    .setSubmissionId("k3f9")
                    .build());
            stored.put(StoredRecords.task("defaults", "job-1/c", 4, TaskState.TASK_QUEUED)
                    .build());
        });
        try (ReadModel model = ReadModel.of(cluster.config)) {
            TaskFilter inDefault = TaskFilter.all().inPool("default");
            assertThat(ids(model.tasks(inDefault)))
                    .containsExactly("default/job-1/a", "default/job-1/b", "default/job-2/a");
            assertThat(ids(model.tasks(inDefault.live()))).containsExactly("default/job-1/a", "default/job-2/a");
            assertThat(ids(model.tasks(TaskFilter.all().withIdPrefix("job-1/"))))
                    .containsExactly("default/job-1/a", "default/job-1/b", "defaults/job-1/c");
            assertThat(ids(model.tasks(inDefault.ofSubmission("k3f9")))).containsExactly("default/job-2/a");
            assertThat(ids(model.tasks(inDefault.onAgent("agent-1")))).containsExactly("default/job-1/a");
            assertThat(ids(model.tasks(inDefault.inStates(Set.of(TaskState.TASK_FINISHED)))))
                    .containsExactly("default/job-1/b");
            assertThat(model.tasks(inDefault.inStates(Set.of()))).isEmpty();
            assertThat(ids(model.tasksOfId("job-1/c"))).containsExactly("defaults/job-1/c");
        }
    }

    @Test
    void explainsHowATaskWaits() throws Exception {
        stored.makeChangelogs();
        PendingExplained why = PendingExplained.newBuilder()
                .setPool("default")
                .setRequestClass(ONE_CPU)
                .setKind(PendingKind.WAITS_FOR_RESOURCES)
                .setAgentsActive(3)
                .setTasksWaiting(3)
                .setDecidedAt(Instant.EPOCH)
                .build();
        TaskRequest special = TestCluster.request("default", "special")
                .setConstraints(List.of(new Constraint("ssd", ConstraintOperator.EXISTS, List.of())))
                .build();
        stored.commit(() -> {
            stored.waiting(TestCluster.request("default", "first").build(), 1);
            stored.waiting(TestCluster.request("default", "second").build(), 2);
            stored.waiting(
                    TestCluster.request("default", "urgent").setPriority(90).build(), 3);
            stored.waiting(special, 4);
            stored.waiting(TestCluster.request("gpu", "elsewhere").build(), 1);
            stored.put(
                    Store.REQUESTS,
                    "default",
                    "default/running",
                    TestCluster.request("default", "running").build());
            stored.put(StoredRecords.task("default", "running", 5, TaskState.TASK_RUNNING)
                    .build());
            stored.put(Store.CLASSES, "default", "default/" + ONE_CPU, new SavedClass(why));
        });
        try (ReadModel model = ReadModel.of(cluster.config, "default")) {
            Waiting second =
                    model.waiting(model.task("default", "second").orElseThrow()).orElseThrow();
            assertThat(second.position()).isEqualTo(3);
            assertThat(second.length()).isEqualTo(4);
            assertThat(second.explained()).contains(why);
            Waiting unexplained = model.waiting(model.task("default", "special").orElseThrow())
                    .orElseThrow();
            assertThat(unexplained.requestClass()).isEqualTo(RequestClasses.text(special));
            assertThat(unexplained.explained()).isEmpty();
            assertThat(model.waiting(model.task("default", "running").orElseThrow()))
                    .isEmpty();
        }
    }

    @Test
    void sumsUpWhatIsOnAnAgent() throws Exception {
        stored.makeChangelogs();
        Resources total =
                Resources.newBuilder().setCpuMillis(4_000).setMemMib(1_000).build();
        SavedAgent agent = SavedAgent.newBuilder()
                .setPool("default")
                .setAgentId("agent-1")
                .setIncarnation(1)
                .setWorkDirId("w")
                .setHostname("h")
                .setLaunchPartition(0)
                .setResources(total)
                .setAttributes(List.of())
                .setVersion("0.1.0")
                .setState(AgentState.AGENT_ACTIVE)
                .setTerms(new AgentTerms(1_000L, 2_000L, 3_000L))
                .setHeardMs(0)
                .setSinceMs(0)
                .setRegisteredWallMs(0)
                .setOrphans(List.of(new SavedOrphan(
                        "gone", 1, Resources.newBuilder().setCpuMillis(7).build(), List.of())))
                .build();
        stored.commit(() -> {
            stored.put(Store.AGENTS, "default", "default/agent-1", agent);
            for (String id : List.of("a", "b", "c")) {
                stored.put(
                        Store.REQUESTS,
                        "default",
                        "default/" + id,
                        TestCluster.request("default", id).build());
            }
            stored.put(StoredRecords.task("default", "a", 1, TaskState.TASK_RUNNING)
                    .setAgentId("agent-1")
                    .build());
            stored.put(StoredRecords.task("default", "b", 2, TaskState.TASK_UNREACHABLE)
                    .setAgentId("agent-1")
                    .build());
            stored.put(StoredRecords.task("default", "c", 3, TaskState.TASK_FINISHED)
                    .setAgentId("agent-1")
                    .setEnded(true)
                    .build());
        });
        try (ReadModel model = ReadModel.of(cluster.config)) {
            assertThat(model.agents("gpu")).isEmpty();
            AgentSummary summary = model.agents("default").get(0);
            assertThat(summary.agent()).isEqualTo(agent);
            assertThat(summary.attempts()).isEqualTo(3);
            assertThat(summary.occupied().getCpuMillis()).isEqualTo(207);
            assertThat(summary.occupied().getMemMib()).isEqualTo(64);
        }
    }

    @Test
    void handsOverAllThatIsStoredInOnePoolsPartition() throws Exception {
        stored.makeChangelogs();
        SavedClock clock = new SavedClock(1_000L, 5_000L);
        TaskRequest request = TestCluster.request("default", "a").build();
        SavedTask task =
                StoredRecords.task("default", "a", 1, TaskState.TASK_QUEUED).build();
        SavedGang gang = new SavedGang("default", "g", "default", 3, 1, 0L, 60_000L, 0L, 0L, false);
        stored.commit(() -> {
            stored.put(Store.CLOCK, "default", "clock", clock);
            stored.put(Store.REQUESTS, "default", "default/a", request);
            stored.put(task);
            stored.put(Store.GANGS, "default", "default/g", gang);
        });
        try (ReadModel model = ReadModel.of(cluster.config, "default")) {
            Map<Store, SpecificRecord> handed = new EnumMap<>(Store.class);
            model.stored("default", handed::put);

            assertThat(handed)
                    .isEqualTo(
                            Map.of(Store.CLOCK, clock, Store.REQUESTS, request, Store.TASKS, task, Store.GANGS, gang));
            assertThat(model.gang("default", "g")).contains(gang);
            assertThat(model.partitionCount()).isEqualTo(TestCluster.PARTITIONS);
        }
    }

    @Test
    void sumsUpPoolsAndKnowsTheTime() throws Exception {
        stored.makeChangelogs();
        Instant noon = Instant.parse("2026-07-01T12:00:00Z");
        stored.commit(() -> {
            stored.put(
                    Store.POOLS,
                    "default",
                    "default",
                    SavedPool.newBuilder()
                            .setPool("default")
                            .setSettings(PoolSettings.newBuilder()
                                    .setHeartbeatIntervalMs(1_000)
                                    .setLeaseMs(2_000)
                                    .setUnreachableTimeoutMs(3_000)
                                    .setEndedHorizonMs(1_000)
                                    .setEndedHorizonTasks(10)
                                    .setMaxTasksPerAgent(100)
                                    .build())
                            .build());
            stored.put(Store.COUNTERS, "default", "default", new SavedCounters("default", 3L, 17L, -1L, 0L, 0L));
            stored.put(Store.CLOCK, "default", "clock", new SavedClock(noon.toEpochMilli(), 5_000L));
            stored.put(
                    StoredRecords.task("default", "a", 1, TaskState.TASK_QUEUED).build());
            stored.put(
                    StoredRecords.task("default", "b", 2, TaskState.TASK_QUEUED).build());
        });
        try (ReadModel model = ReadModel.of(cluster.config)) {
            PoolSummary pool = model.pool("default").orElseThrow();
            assertThat(pool.tasks()).isEqualTo(Map.of(TaskState.TASK_QUEUED, 2L));
            assertThat(pool.tasksEnded()).isEqualTo(17);
            assertThat(pool.asOf()).isEqualTo(noon);
            assertThat(model.asOf()).contains(noon);
            assertThat(model.clock("default").orElseThrow().getElapsedMs()).isEqualTo(5_000);
            assertThat(model.pool("gpu")).isEmpty();
        }
    }

    @Test
    void loadsAHundredThousandTasksWithinTwoSecondsOfItsThread() throws Exception {
        stored.makeChangelogs();
        int count = 100_000;
        for (int from = 0; from < count; from += 1_000) {
            int first = from;
            stored.commit(() -> {
                for (int i = first; i < first + 1_000; i++) {
                    stored.waiting(
                            TestCluster.request("default", "job-k3f9/count/" + i)
                                    .setJob("job")
                                    .build(),
                            i);
                }
            });
        }

        // The first time a JVM has compiled nothing yet.
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5 && least >= LIMIT.toNanos(); i++) {
            long beganNs = THREADS.getCurrentThreadCpuTime();
            try (ReadModel model = ReadModel.of(cluster.config)) {
                List<TaskView> tasks = model.tasks(TaskFilter.all());
                least = Math.min(least, THREADS.getCurrentThreadCpuTime() - beganNs);
                assertThat(tasks).hasSize(count);
                assertThat(model.waiting(tasks.get(count - 1)).orElseThrow().position())
                        .isEqualTo(count);
            }
        }
        assertThat(Duration.ofNanos(least)).isLessThan(LIMIT);
    }

    private static List<String> ids(List<TaskView> tasks) {
        return tasks.stream().map(task -> task.pool() + "/" + task.taskId()).toList();
    }
}
