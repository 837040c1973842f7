package dev.millrace.streams;

import static dev.millrace.streams.Schedulers.POOL;
import static dev.millrace.streams.Schedulers.assertReplays;
import static dev.millrace.streams.Schedulers.awaitEnd;
import static dev.millrace.streams.Schedulers.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contract.CommandDone;
import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.JournalBlock;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.PartitionEngine;
import dev.millrace.streams.engine.StepInterceptor;
import dev.millrace.streams.engine.StoredState;
import dev.millrace.streams.recover.PartitionRecovery;
import dev.millrace.streams.recover.Recovery;
import dev.millrace.streams.recover.RecoveryException;
import dev.millrace.streams.recover.SchedulerGroup;
import dev.millrace.streams.replay.Follower;
import dev.millrace.streams.replay.ReplayRange;
import dev.millrace.streams.replay.ReplayWatcher;
import dev.millrace.streams.replay.Replayer;
import dev.millrace.streams.replay.SnapshotFile;
import dev.millrace.streams.replay.Snapshots;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What was stored is lost or damaged, and put back from the log. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RecoveryTest {
    /** Where the request of the task that runs lies: it is the second. */
    private static final long KEPT_OFFSET = 1;

    @TempDir
    Path directory;

    private final Schedulers schedulers = new Schedulers();

    @AfterEach
    void close() throws Exception {
        schedulers.close();
    }

    @Test
    void putsBackWhatWasStoredWhenAllOfItIsGone() throws Exception {
        LiveCluster cluster = schedulers.cluster("all-gone");
        SchedulerApp scheduler = start(cluster);
        runOneTaskAndKeepAnother(cluster);
        // Where machines are slow the block may have been closed since the last task; this one is in the open block
        // nearly always.
        cluster.send(Records.request(POOL, "last").build());
        waiting().until(() -> !cluster.statuses("last").isEmpty());
        scheduler.close();
        cluster.awaitCommitted();
        boolean lastInputsAreInTheOpenBlock = openBlock(cluster).getRuns().stream()
                .anyMatch(run -> !run.getTopic().equals(Topic.INTERNAL.topicName()));
        deleteChangelogs(cluster, Store.values());

        assertThatThrownBy(() -> schedulers.begin(config(cluster), StepInterceptor.NONE))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContainingAll(
                        "what was stored of them is gone", cluster.topics().changelog(Store.TASKS), "millrace recover");
        List<PartitionRecovery> recovered =
                recover(cluster, new Recovery.Order(false, true), Set.of(), Optional.empty());

        assertThat(recovered).allSatisfy(partition -> {
            assertThat(partition.found()).isEqualTo("no changelogs");
            assertThat(partition.written()).isEqualTo(partition.records());
        });
        assertThat(recovered.stream().anyMatch(partition -> partition.unjournalled() > 0))
                .isEqualTo(lastInputsAreInTheOpenBlock);
        assertGoesOn(cluster);
    }

    @Test
    void aRecoveryThatDidNotEndIsNotTakenForState() throws Exception {
        LiveCluster cluster = schedulers.cluster("interrupted");
        SchedulerApp scheduler = start(cluster);
        runOneTaskAndKeepAnother(cluster);
        scheduler.close();
        // What it leaves if it is killed between the making of the changelogs and the writing of the first partition.
        new SchedulerGroup(cluster.admin(), cluster.topics()).awaitEmpty();
        deleteChangelogs(cluster, Store.values());
        noteThatRecoveryHasBegun(cluster);
        cluster.admin()
                .createTopics(Arrays.stream(Store.values())
                        .map(store -> new NewTopic(cluster.topics().changelog(store), cluster.partitions(), (short) 1))
                        .toList())
                .all()
                .get();

        assertThatThrownBy(() -> schedulers.begin(config(cluster), StepInterceptor.NONE))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContainingAll("has not ended", "millrace recover");
        assertThat(recover(cluster, new Recovery.Order(false, true), Set.of(), Optional.empty()))
                .extracting(PartitionRecovery::found)
                .containsOnly("an earlier recovery has not ended");
        assertGoesOn(cluster);
    }

    private static void noteThatRecoveryHasBegun(LiveCluster cluster) throws Exception {
        String group = cluster.topics().applicationId();
        Map<TopicPartition, OffsetAndMetadata> noted = new HashMap<>();
        cluster.admin()
                .listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get()
                .forEach((partition, offset) ->
                        noted.put(partition, new OffsetAndMetadata(offset.offset(), TopicCheck.RECOVERING)));
        cluster.admin().alterConsumerGroupOffsets(group, noted).all().get();
    }

    @Test
    void snapshotsOfAnotherClusterAreRefused() throws Exception {
        LiveCluster former = schedulers.cluster("former");
        start(former);
        runOneTaskAndKeepAnother(former);
        Snapshots snapshots = new Snapshots(directory.resolve("snapshots"));
        follow(former, snapshots);
        LiveCluster later = schedulers.cluster("later");

        assertThatThrownBy(() -> new Replayer(later.topics(), later.consumerSettings(), Optional.of(snapshots))
                        .rebuild(Topics.partition(POOL, later.partitions()), true, ReplayWatcher.NONE))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("is of another cluster");
        for (SnapshotFile file : snapshots.list()) {
            assertThat(replayer(former).goesOnFrom(file)).isTrue();
            assertThat(replayer(later).goesOnFrom(file)).isFalse();
        }
    }

    private static Replayer replayer(LiveCluster cluster) {
        return new Replayer(cluster.topics(), cluster.consumerSettings(), Optional.empty());
    }

    /** Follows until there is a snapshot that has the task that runs, so that nothing before it is needed to go on from it. */
    private static void follow(LiveCluster cluster, Snapshots snapshots) throws Exception {
        int partition = Topics.partition(POOL, cluster.partitions());
        try (Follower follower = new Replayer(cluster.topics(), cluster.consumerSettings(), Optional.of(snapshots))
                .follow(new Follower.Settings(Duration.ZERO, 2), file -> {})) {
            waiting().until(() -> {
                follower.followOn();
                return hasTaken(snapshots, partition, KEPT_OFFSET);
            });
        }
    }

    private static boolean hasTaken(Snapshots snapshots, int partition, long request) throws IOException {
        for (SnapshotFile file : snapshots.list()) {
            if (file.partition() == partition
                    && file.read().state().positions().getOrDefault(Topic.TASK_REQUESTS, -1L) >= request) {
                return true;
            }
        }
        return false;
    }

    @Test
    void putsBackADamagedRecordFromASnapshotAndTheJournal() throws Exception {
        LiveCluster cluster = schedulers.cluster("damaged");
        SchedulerApp scheduler = start(cluster);
        runOneTaskAndKeepAnother(cluster);
        Snapshots snapshots = new Snapshots(directory.resolve("snapshots"));
        follow(cluster, snapshots);
        scheduler.close();
        int partition = Topics.partition(POOL, cluster.partitions());
        cluster.produce(cluster.topics().changelog(Store.TASKS), partition, POOL + "/kept", new byte[] {1, 2, 3})
                .get();
        cluster.produce(cluster.topics().changelog(Store.TASKS), partition, POOL + "/never", new byte[] {4})
                .get();

        List<PartitionRecovery> found =
                recover(cluster, new Recovery.Order(false, false), Set.of(), Optional.of(snapshots));
        assertThat(found.get(partition).found()).contains("holds a record");
        assertThat(recover(cluster, new Recovery.Order(false, true), Set.of(), Optional.of(snapshots))
                        .get(partition))
                .isEqualTo(found.get(partition))
                .extracting(PartitionRecovery::written)
                .isEqualTo(2L);

        assertGoesOn(cluster);
    }

    @Test
    void aRecordTooManyStopsTheSchedulerAndIsTakenOut() throws Exception {
        LiveCluster cluster = schedulers.cluster("too-many");
        SchedulerApp scheduler = start(cluster);
        runOneTaskAndKeepAnother(cluster);
        scheduler.close();
        int partition = Topics.partition(POOL, cluster.partitions());
        String tasks = cluster.topics().changelog(Store.TASKS);
        cluster.produce(tasks, partition, POOL + "/never", last(cluster, tasks, partition, record -> true))
                .get();

        assertThat(schedulers
                        .begin(config(cluster), StepInterceptor.NONE)
                        .stopped()
                        .get(LiveCluster.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .hasValueSatisfying(why -> assertThat(why)
                        .contains(
                                "partition " + partition + " are not those that were stored last", "millrace recover"));
        PartitionRecovery recovered = recover(cluster, new Recovery.Order(false, true), Set.of(), Optional.empty())
                .get(partition);
        assertThat(recovered.found()).contains("are not those that were stored last");
        assertThat(recovered.written()).isOne();
        assertGoesOn(cluster);
    }

    @Test
    void goesOnWhereTheSchedulerWasAlsoIfTheOpenBlockIsAnEarlierOne() throws Exception {
        LiveCluster cluster = schedulers.cluster("earlier");
        SchedulerApp scheduler = start(cluster);
        runOneTaskAndKeepAnother(cluster);
        scheduler.close();
        int partition = Topics.partition(POOL, cluster.partitions());
        String changelog = cluster.topics().changelog(Store.PARTITION);
        // As it was before the second task was requested: as if the broker had lost all that came later.
        byte[] earlier = last(
                cluster,
                changelog,
                partition,
                record -> taken(record.value(), Topic.TASK_REQUESTS).equals(Optional.of(0L)));
        cluster.produce(changelog, partition, PartitionEngine.PARTITION_KEY, earlier)
                .get();

        PartitionRecovery recovered = recover(cluster, new Recovery.Order(false, true), Set.of(), Optional.empty())
                .get(partition);
        assertThat(recovered.found()).contains("are not those that were stored last");
        assertGoesOn(cluster);
    }

    private static byte[] last(
            LiveCluster cluster, String topic, int partition, Predicate<ConsumerRecord<byte[], byte[]>> of) {
        return cluster.read(topic).stream()
                .filter(record -> record.partition() == partition && record.value() != null)
                .filter(of)
                .reduce((before, after) -> after)
                .orElseThrow()
                .value();
    }

    private static Optional<Long> taken(byte[] saved, Topic topic) {
        StoredState state = new StoredState();
        state.put(Store.PARTITION, PartitionEngine.PARTITION_KEY.getBytes(StandardCharsets.UTF_8), saved);
        return Optional.ofNullable(state.positions().get(topic));
    }

    @Test
    void acceptsATopicThatWasMadeAnew() throws Exception {
        LiveCluster cluster = schedulers.cluster("made-anew");
        SchedulerApp scheduler = start(cluster);
        runOneTaskAndKeepAnother(cluster);
        Snapshots snapshots = new Snapshots(directory.resolve("snapshots"));
        follow(cluster, snapshots);
        scheduler.close();
        cluster.delete(Topic.TASK_REQUESTS);
        String id = cluster.create(Topic.TASK_REQUESTS);

        assertThatThrownBy(() -> recover(cluster, new Recovery.Order(false, true), Set.of(), Optional.empty()))
                .isInstanceOf(RecoveryException.class)
                .hasMessageContainingAll("task-requests was deleted and made anew", "--accept-topic-id " + id);
        recover(cluster, new Recovery.Order(false, true), Set.of(id), Optional.empty());
        cluster.send(Records.request(POOL, "later").build());
        start(cluster);

        waiting().until(() -> !cluster.statuses("later").isEmpty());
        finishKept(cluster);
        assertThat(new Replayer(cluster.topics(), cluster.consumerSettings(), Optional.of(snapshots))
                        .verify(new ReplayRange(Optional.of(Instant.now()), Optional.empty()), ReplayWatcher.NONE)
                        .verified())
                .as("a replay from before the new topic goes on with it")
                .isTrue();
    }

    /** With a short session, since a recovery waits until the scheduler's is over. */
    private SchedulerConfig config(LiveCluster cluster) {
        return cluster.config(directory.resolve("state")).withStandbys(0, Duration.ofSeconds(1));
    }

    private SchedulerApp start(LiveCluster cluster) throws InterruptedException {
        return schedulers.start(config(cluster), StepInterceptor.NONE);
    }

    /** A task that has ended, and one that runs on an agent which need not say that it lives. */
    private static void runOneTaskAndKeepAnother(LiveCluster cluster) {
        cluster.send(ConfigurePool.newBuilder()
                .setPool(POOL)
                .setUnreachableTimeoutMs(Duration.ofHours(1).toMillis())
                .build());
        waiting().until(() -> !cluster.read(Topic.DECISIONS, CommandDone.class).isEmpty());
        cluster.send(Records.registered(POOL, "a", 1));
        cluster.send(Records.request(POOL, "done").build());
        report(cluster, "done", 1, TaskState.TASK_RUNNING);
        report(cluster, "done", 2, TaskState.TASK_FINISHED);
        awaitEnd(cluster, "done", TaskState.TASK_FINISHED);
        cluster.send(Records.request(POOL, "kept").build());
        report(cluster, "kept", 1, TaskState.TASK_RUNNING);
        waiting()
                .until(() -> cluster.statuses("kept").stream()
                        .anyMatch(status -> status.getState() == TaskState.TASK_RUNNING));
    }

    private static void report(LiveCluster cluster, String task, long sequence, TaskState state) {
        waiting().until(() -> !launches(cluster, task).isEmpty());
        cluster.send(Records.report(launches(cluster, task).get(0), sequence, state));
    }

    private static List<LaunchTask> launches(LiveCluster cluster, String task) {
        return cluster.read(Topic.TASK_LAUNCHES, LaunchTask.class).stream()
                .filter(launch -> launch.getRequest().getTaskId().equals(task))
                .toList();
    }

    /** The task that runs is found again, nothing is launched a second time, and all is as the log says. */
    private void assertGoesOn(LiveCluster cluster) throws Exception {
        start(cluster);
        finishKept(cluster);
        assertThat(recordedSequences(cluster, "kept")).containsExactly(1L, 2L, 3L, 4L);
        assertThat(recordedSequences(cluster, "done")).containsExactly(1L, 2L, 3L, 4L);
        assertReplays(cluster);
    }

    private static void finishKept(LiveCluster cluster) {
        report(cluster, "kept", 2, TaskState.TASK_FINISHED);
        awaitEnd(cluster, "kept", TaskState.TASK_FINISHED);
        assertThat(launches(cluster, "kept")).hasSize(1);
        assertThat(cluster.read(Topic.TASK_LAUNCHES, KillTask.class)).isEmpty();
    }

    private static List<Long> recordedSequences(LiveCluster cluster, String task) {
        return cluster.statuses(task).stream().map(TaskStatus::getSequence).toList();
    }

    private static List<PartitionRecovery> recover(
            LiveCluster cluster, Recovery.Order order, Set<String> accepted, Optional<Snapshots> snapshots)
            throws Exception {
        FoundTopics found = new TopicCheck(cluster.topics(), "the test's broker").check(cluster.admin(), accepted);
        return new Recovery(
                        cluster.topics(),
                        cluster.admin(),
                        cluster.consumerSettings(),
                        new Replayer(cluster.topics(), cluster.consumerSettings(), snapshots),
                        found.inbound(),
                        found.replicationFactor())
                .run(order, ReplayWatcher.NONE);
    }

    private static JournalBlock openBlock(LiveCluster cluster) {
        return new Replayer(cluster.topics(), cluster.consumerSettings(), Optional.empty())
                .stored(Topics.partition(POOL, cluster.partitions()))
                .openBlock()
                .orElseThrow();
    }

    private static void deleteChangelogs(LiveCluster cluster, Store... stores) throws Exception {
        List<String> names =
                Arrays.stream(stores).map(cluster.topics()::changelog).toList();
        cluster.admin().deleteTopics(names).all().get();
        waiting()
                .until(() -> cluster.admin().listTopics().names().get().stream().noneMatch(names::contains));
    }
}
