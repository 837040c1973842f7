package dev.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.DeadLetter;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Tick;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.StepInterceptor;
import dev.millrace.streams.replay.ReplayResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The scheduler on a real broker. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SchedulerAppTest {
    private static final int PARTITIONS = 2;
    private static final int GARBAGE_PER_TOPIC = Integer.getInteger("millrace.garbage.records", 1_000);
    private static final String POOL = Records.poolIn(0, PARTITIONS);
    private static final String OTHER_POOL = Records.poolIn(1, PARTITIONS);

    @TempDir
    Path stateDir;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    @Test
    void requestsBecomeLaunchesAndReportsBecomeStatusesAndAllOfItReplays() throws Exception {
        LiveCluster cluster = cluster("lifecycle");
        start(cluster, StepInterceptor.NONE);
        ScriptedAgent agent = agent(cluster, POOL);

        for (int i = 0; i < 50; i++) {
            cluster.send(Records.request(POOL, "t" + i).build());
        }
        awaitFinished(cluster, 50);

        assertThat(agent.launches()).hasSize(50);
        assertThat(cluster.statuses("t7"))
                .extracting(TaskStatus::getState)
                .containsExactly(
                        TaskState.TASK_QUEUED, TaskState.TASK_STAGING, TaskState.TASK_RUNNING, TaskState.TASK_FINISHED);
        assertReplays(cluster);
    }

    @Test
    void aRecordSentByAnotherPartitionerTakesEffectAndSoDoesItsKill() throws Exception {
        LiveCluster cluster = cluster("redirect");
        start(cluster, StepInterceptor.NONE);

        cluster.send(0, Records.request(OTHER_POOL, "t").build());
        cluster.send(0, Records.kill(OTHER_POOL, "t"));

        awaitEnd(cluster, "t", TaskState.TASK_KILLED);
        assertThat(cluster.statuses("t"))
                .extracting(TaskStatus::getState)
                .containsExactly(TaskState.TASK_QUEUED, TaskState.TASK_KILLED);
        assertReplays(cluster);
    }

    @Test
    void garbageOnEveryInboundTopicIsInDeadLettersAndWorkGoesOn() throws Exception {
        LiveCluster cluster = cluster("garbage");
        start(cluster, StepInterceptor.NONE);
        agent(cluster, POOL);
        Random random = new Random(7);
        int garbage = 0;
        for (Topic topic : Topic.inbound()) {
            for (int i = 0; i < GARBAGE_PER_TOPIC; i++) {
                cluster.sendLater(topic, i % PARTITIONS, garbage(random, i));
                garbage++;
            }
        }

        cluster.send(Records.request(POOL, "after").build());

        awaitEnd(cluster, "after", TaskState.TASK_FINISHED);
        int expected = garbage;
        waiting()
                .untilAsserted(() -> assertThat(cluster.read(Topic.DEAD_LETTERS, DeadLetter.class))
                        .hasSize(expected));
        assertReplays(cluster);
    }

    @Test
    void anInputThatBreaksTheCoreIsSkippedAfterTwoFailuresAndAllElseGoesOn() throws Exception {
        LiveCluster cluster = cluster("poison");
        AtomicInteger failures = new AtomicInteger();
        start(cluster, input -> {
            if (input.value() instanceof TaskRequest request
                    && request.getTaskId().equals("poison")) {
                failures.incrementAndGet();
                throw new IllegalStateException("a fault of the core");
            }
        });
        agent(cluster, POOL);

        cluster.send(Records.request(POOL, "before").build());
        long offset = cluster.send(Records.request(POOL, "poison").build()).offset();
        cluster.send(Records.request(POOL, "after").build());

        awaitEnd(cluster, "before", TaskState.TASK_FINISHED);
        awaitEnd(cluster, "after", TaskState.TASK_FINISHED);
        assertThat(failures).hasValue(2);
        assertThat(cluster.statuses("poison")).isEmpty();
        assertThat(cluster.read(Topic.DEAD_LETTERS, DeadLetter.class))
                .singleElement()
                .satisfies(letter -> {
                    assertThat(letter.getReason()).isEqualTo(DeadLetterReason.POISON);
                    assertThat(letter.getTopic()).isEqualTo("task-requests");
                    assertThat(letter.getOffset()).isEqualTo(offset);
                });
        assertThat(cluster.statuses("before"))
                .extracting(TaskStatus::getSequence)
                .containsExactly(1L, 2L, 3L, 4L);
        assertReplays(cluster);
    }

    @Test
    void offsetsThatAreSetBackToTheBeginningRunNothingAgain() throws Exception {
        LiveCluster cluster = cluster("rewind");
        SchedulerApp first = start(cluster, StepInterceptor.NONE);
        ScriptedAgent agent = agent(cluster, POOL);
        for (int i = 0; i < 20; i++) {
            cluster.send(Records.request(POOL, "t" + i).build());
        }
        awaitFinished(cluster, 20);
        first.close();
        int statuses = cluster.read(Topic.TASK_STATUS, TaskStatus.class).size();

        resetOffsets(cluster);
        start(cluster, StepInterceptor.NONE);
        cluster.send(Records.request(POOL, "after").build());
        awaitEnd(cluster, "after", TaskState.TASK_FINISHED);

        assertThat(cluster.read(Topic.TASK_STATUS, TaskStatus.class)).hasSize(statuses + 4);
        assertThat(agent.launches())
                .extracting(LaunchTask::getAttempt)
                .hasSize(21)
                .containsOnly(1);
        assertReplays(cluster);
    }

    @Test
    void aSchedulerThatIsStartedAgainKnowsWhatWasQueued() throws Exception {
        LiveCluster cluster = cluster("restart");
        SchedulerApp first = start(cluster, StepInterceptor.NONE);
        for (int i = 0; i < 20; i++) {
            cluster.send(Records.request(POOL, "t" + i).build());
        }
        waiting().until(() -> cluster.statuses("t19").size() == 1);
        first.close();
        cluster.send(Records.request(POOL, "meanwhile").build());

        start(cluster, StepInterceptor.NONE);
        ScriptedAgent agent = agent(cluster, POOL);

        awaitEnd(cluster, "meanwhile", TaskState.TASK_FINISHED);
        assertThat(agent.launches())
                .extracting(launch -> launch.getRequest().getTaskId())
                .startsWith("t0", "t1", "t2")
                .hasSize(21);
        assertReplays(cluster);
    }

    @Test
    void noMoreThanOneTickIsOnItsWayAndAllOfThemArrive() throws Exception {
        LiveCluster cluster = cluster("ticks");
        start(cluster, StepInterceptor.NONE);

        waiting().until(() -> cluster.read(Topic.INTERNAL, Tick.class).size() >= 2 * 10);

        assertReplays(cluster);
    }

    @Test
    void missingTopicsAreNamedAtTheStart() throws Exception {
        LiveCluster cluster = cluster("missing");
        delete(cluster, Topic.TASK_LAUNCHES, Topic.JOURNAL);
        SchedulerApp app = new SchedulerApp(cluster.config(stateDir));
        open.add(app);

        assertThatThrownBy(app::start)
                .isInstanceOf(SchedulerException.class)
                .hasMessageContainingAll(
                        cluster.topics().name(Topic.TASK_LAUNCHES),
                        cluster.topics().name(Topic.JOURNAL),
                        "millrace topics create");
    }

    @Test
    void aWrongNumberOfPartitionsIsNamedAtTheStart() throws Exception {
        LiveCluster cluster = cluster("partitions");
        String topic = cluster.topics().name(Topic.AGENT_EVENTS);
        try (Admin admin = LiveCluster.admin()) {
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5)))
                    .all()
                    .get();
            waiting()
                    .until(() -> admin.describeTopics(List.of(topic))
                                    .allTopicNames()
                                    .get()
                                    .get(topic)
                                    .partitions()
                                    .size()
                            == 5);
        }
        SchedulerApp app = new SchedulerApp(cluster.config(stateDir));
        open.add(app);

        assertThatThrownBy(app::start)
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining(topic + " has 5 partitions and must have 2");
    }

    @Test
    void aTopicThatWasMadeAnewStopsTheSchedulerUntilItIsAccepted() throws Exception {
        LiveCluster cluster = cluster("recreated");
        SchedulerApp first = start(cluster, StepInterceptor.NONE);
        cluster.send(Records.request(POOL, "t").build());
        waiting().until(() -> cluster.statuses("t").size() == 1);
        first.close();
        delete(cluster, Topic.TASK_REQUESTS);
        String newId = create(cluster, Topic.TASK_REQUESTS);
        cluster.send(Records.request(POOL, "u").build());

        SchedulerApp stopping = new SchedulerApp(cluster.config(stateDir));
        open.add(stopping);
        stopping.start();

        assertThat(stopping.stopped().get(60, TimeUnit.SECONDS))
                .hasValueSatisfying(why -> assertThat(why)
                        .contains("task-requests was deleted and made anew", "--accept-topic-id " + newId));
        stopping.close();
        SchedulerApp accepting = new SchedulerApp(cluster.config(stateDir).withAcceptedTopicIds(Set.of(newId)));
        open.add(accepting);
        accepting.start();
        waiting().until(() -> cluster.statuses("u").size() == 1);
    }

    @Test
    void aSchedulerWhoseThreadsDoNothingButFailStops() throws Exception {
        LiveCluster cluster = cluster("crashloop");
        SchedulerApp app = new SchedulerApp(cluster.config(stateDir).withThreads(1), input -> {
            throw new OutOfMemoryError("not really");
        });
        open.add(app);
        app.start();
        cluster.send(Records.request(POOL, "t").build());

        assertThat(app.stopped().get(150, TimeUnit.SECONDS))
                .hasValueSatisfying(why -> assertThat(why).contains("without any progress", "not really"));
    }

    /** A stream thread that fails throws, also where nobody catches it; that is no failure of the test. */
    private static ConditionFactory waiting() {
        return await().atMost(LiveCluster.PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .dontCatchUncaughtExceptions();
    }

    private LiveCluster cluster(String name) throws Exception {
        LiveCluster cluster = new LiveCluster(name, PARTITIONS);
        open.add(cluster);
        return cluster;
    }

    private SchedulerApp start(LiveCluster cluster, StepInterceptor interceptor) throws InterruptedException {
        SchedulerApp app = new SchedulerApp(cluster.config(stateDir), interceptor);
        open.add(app);
        app.start();
        assertThat(app.awaitRunning(LiveCluster.PATIENCE)).isTrue();
        return app;
    }

    private ScriptedAgent agent(LiveCluster cluster, String pool) throws InterruptedException {
        ScriptedAgent agent = new ScriptedAgent(cluster, pool, "a");
        open.add(agent);
        return agent;
    }

    private static void awaitFinished(LiveCluster cluster, int tasks) {
        waiting()
                .until(() -> cluster.read(Topic.TASK_STATUS, TaskStatus.class).stream()
                                .filter(status -> status.getTaskEnded() && status.getState() == TaskState.TASK_FINISHED)
                                .count()
                        == tasks);
    }

    private static void awaitEnd(LiveCluster cluster, String taskId, TaskState state) {
        waiting()
                .until(() -> cluster.statuses(taskId).stream()
                        .anyMatch(status -> status.getTaskEnded() && status.getState() == state));
    }

    private static void assertReplays(LiveCluster cluster) {
        ReplayResult result = cluster.replay();
        assertThat(result.partitions()).hasSize(PARTITIONS).allSatisfy(partition -> {
            assertThat(partition.detail()).isEmpty();
            assertThat(partition.inputs()).isPositive();
        });
        assertThat(result.verified()).isTrue();
    }

    /** Random bytes, and real records that were cut off or had a bit flipped in what says their type. */
    private static byte[] garbage(Random random, int i) {
        byte[] record =
                new RecordCodec().encode(Records.request(POOL, "garbage" + i).build());
        switch (i % 3) {
            case 0 -> {
                record = new byte[random.nextInt(300)];
                random.nextBytes(record);
            }
            case 1 -> record = java.util.Arrays.copyOf(record, random.nextInt(record.length));
            default -> record[random.nextInt(10)] ^= (byte) (1 << random.nextInt(8));
        }
        return record;
    }

    private static void resetOffsets(LiveCluster cluster) throws Exception {
        try (Admin admin = LiveCluster.admin()) {
            Map<TopicPartition, OffsetSpec> earliest = new HashMap<>();
            for (Topic topic : Topic.inbound()) {
                for (int partition = 0; partition < cluster.partitions(); partition++) {
                    earliest.put(new TopicPartition(cluster.topics().name(topic), partition), OffsetSpec.earliest());
                }
            }
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            admin.listOffsets(earliest)
                    .all()
                    .get()
                    .forEach((p, info) -> offsets.put(p, new OffsetAndMetadata(info.offset())));
            // A static member stays in the group until its session has timed out; only an empty group's offsets can be
            // set.
            waiting().ignoreExceptions().until(() -> {
                admin.alterConsumerGroupOffsets(cluster.topics().applicationId(), offsets)
                        .all()
                        .get();
                return true;
            });
        }
    }

    private static void delete(LiveCluster cluster, Topic... topics) throws Exception {
        try (Admin admin = LiveCluster.admin()) {
            for (Topic topic : topics) {
                admin.deleteTopics(List.of(cluster.topics().name(topic))).all().get();
                waiting()
                        .until(() -> !admin.listTopics()
                                .names()
                                .get()
                                .contains(cluster.topics().name(topic)));
            }
        }
    }

    private static String create(LiveCluster cluster, Topic topic) throws Exception {
        try (Admin admin = LiveCluster.admin()) {
            String name = cluster.topics().name(topic);
            return admin.createTopics(List.of(cluster.newTopic(topic)))
                    .topicId(name)
                    .get()
                    .toString();
        }
    }
}
