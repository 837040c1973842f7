package dev.millrace.streams.replay;

import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.PartitionEngine;
import dev.millrace.streams.engine.StepInterceptor;
import dev.millrace.streams.engine.StoredState;
import dev.millrace.streams.replay.ReplayResult.Outcome;
import dev.millrace.streams.replay.ReplayResult.PartitionResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Replays a cluster's journal against its inbound topics, from the beginning or from a snapshot on. The scheduler may run meanwhile: what is
 * replayed is what had been committed when each partition's turn came.
 *
 * <p>All methods throw {@link org.apache.kafka.common.KafkaException} if the broker can't be asked, {@link IllegalStateException} if the
 * cluster's topics are not there, and {@link UncheckedIOException} if snapshots can't be read.
 */
public final class Replayer {
    /** All from the newest snapshot on. */
    private static final ReplayRange LATEST = new ReplayRange(Optional.of(Instant.MAX), Optional.empty());

    private final Topics topics;
    private final Map<String, Object> consumerSettings;
    private final Optional<Snapshots> snapshots;

    /**
     * @param kafka settings for consumers, among them {@code bootstrap.servers}
     * @param snapshots where snapshots may lie; empty = none do
     */
    public Replayer(Topics topics, Map<String, ?> kafka, Optional<Snapshots> snapshots) {
        this.topics = topics;
        this.snapshots = snapshots;
        consumerSettings = new HashMap<>(kafka);
        consumerSettings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        consumerSettings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        consumerSettings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        consumerSettings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    }

    /** How many partitions the cluster has. */
    public int partitions() {
        try (Consumer<byte[], byte[]> consumer = consumer()) {
            int partitions = JournalReader.partitions(consumer, topics.name(Topic.JOURNAL));
            if (partitions == 0) {
                throw new IllegalStateException("there is no topic " + topics.name(Topic.JOURNAL));
            }
            return partitions;
        }
    }

    /**
     * Replays all partitions and says whether everything comes out as it did. Whole blocks are replayed: the range's end is that of the last
     * block that was closed by then.
     */
    public ReplayResult verify(ReplayRange range, ReplayWatcher watcher) {
        int partitions = partitions();
        List<PartitionResult> results = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            results.add(verify(partition, partitions, range, watcher));
        }
        return new ReplayResult(results);
    }

    private PartitionResult verify(int partition, int partitions, ReplayRange range, ReplayWatcher watcher) {
        try (PartitionPass pass = pass(partition, partitions, range, watcher)) {
            Optional<JournalBlock> block = pass.next();
            while (block.isPresent()
                    && (range.to().isEmpty()
                            || !block.get().getClosedAt().isAfter(range.to().get()))) {
                if (!pass.replay().replay(block.get())) {
                    return explained(pass.replay());
                }
                block = pass.next();
            }
            return pass.replay().result();
        }
    }

    private PartitionResult explained(PartitionReplay replay) {
        PartitionResult result = replay.result();
        if (result.outcome() != Outcome.DIFFERENT && result.outcome() != Outcome.OTHER_BEHAVIOUR) {
            return result;
        }
        return result.with(new DifferenceFinder(topics, this::consumer).first(replay.replayed()));
    }

    /**
     * Replays one partition until its wall clock would pass the range's end, or to the present.
     *
     * @throws ReplayFailedException if it does not come out as it was, or what is needed is no longer there
     */
    public PastPartition replay(int partition, ReplayRange range, ReplayWatcher watcher) {
        try (PartitionPass pass = pass(partition, partitions(), range, watcher)) {
            range.to().ifPresent(pass.replay()::stopAt);
            Optional<JournalBlock> block = pass.next();
            while (block.isPresent() && pass.replay().replay(block.get())) {
                block = pass.next();
            }
            PartitionResult result = pass.replay().result();
            if (result.outcome() != Outcome.VERIFIED) {
                throw new ReplayFailedException(result);
            }
            return new PastPartition(
                    partition, pass.replay().state(), pass.replay().wall());
        }
    }

    /**
     * Writes a slice of each partition's past into a directory of its own, as whole blocks: see {@link Slice}. A block that does not come out
     * as it was ends a slice and is in it.
     */
    public ReplayResult export(ReplayRange range, Path directory, ReplayWatcher watcher) {
        int partitions = partitions();
        List<PartitionResult> results = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            Path into = directory.resolve("partition-" + partition);
            try (PartitionPass pass = pass(partition, partitions, range, watcher)) {
                results.add(export(pass, range, into));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write into " + into + ": " + e.getMessage(), e);
            }
        }
        return new ReplayResult(results);
    }

    private PartitionResult export(PartitionPass pass, ReplayRange range, Path directory) throws IOException {
        Instant from = range.from().orElse(Instant.MIN);
        Instant to = range.to().orElse(Instant.MAX);
        Optional<JournalBlock> block = pass.next();
        boolean same = true;
        while (same && block.isPresent() && block.get().getClosedAt().isBefore(from)) {
            same = pass.replay().replay(block.get());
            block = same ? pass.next() : block;
        }
        if (!same || block.isEmpty()) {
            return explained(pass.replay());
        }
        try (Slice.Writer writer =
                new Slice.Writer(directory, pass.start(), pass.replay().wall())) {
            pass.writeInputsTo(writer);
            while (same && block.isPresent() && !block.get().getClosedAt().isAfter(to)) {
                writer.block(block.get());
                same = pass.replay().replay(block.get());
                block = same ? pass.next() : block;
            }
        }
        return explained(pass.replay());
    }

    /**
     * Follows the journal from the newest snapshots on, and writes more of them; needs a directory of snapshots.
     *
     * @param written is told of each snapshot that was written
     */
    public Follower follow(Follower.Settings settings, java.util.function.Consumer<SnapshotFile> written) {
        int partitions = partitions();
        List<PartitionPass> passes = new ArrayList<>();
        try {
            for (int partition = 0; partition < partitions; partition++) {
                passes.add(pass(partition, partitions, LATEST, ReplayWatcher.NONE));
            }
        } catch (RuntimeException e) {
            passes.forEach(PartitionPass::close);
            throw e;
        }
        return new Follower(passes, snapshots.orElseThrow(), settings, written);
    }

    /**
     * Makes out from the log, beginning at the newest snapshot, what a partition must have stored; the scheduler must not run meanwhile.
     *
     * @param openBlockIsLost whether the open block, which is stored, can't be relied on
     * @throws ReplayFailedException if the log does not suffice for it
     */
    public RebuiltPartition rebuild(int partition, boolean openBlockIsLost, ReplayWatcher watcher) {
        Optional<JournalBlock> open =
                openBlockIsLost ? Optional.empty() : JournalReader.openBlock(topics, partition, this::consumer);
        try (PartitionPass pass = pass(partition, partitions(), open, LATEST, watcher)) {
            return new Rebuilder(topics, this::consumer).rebuild(pass);
        }
    }

    /**
     * Whether a replay can begin with a snapshot: if the journal does not go on from it, it is another cluster's, or a former one's, or what
     * follows it was removed.
     *
     * @throws IOException if the snapshot can't be read or is damaged
     */
    public boolean goesOnFrom(SnapshotFile snapshot) throws IOException {
        int partition = snapshot.partition();
        if (snapshot.partitions() != partitions()) {
            return false;
        }
        JournalBlock then = snapshot.openBlock();
        Optional<JournalBlock> now = JournalReader.openBlock(topics, partition, this::consumer);
        try (JournalReader journal = new JournalReader(topics, partition, this::consumer)) {
            return journal.goOnFrom(then, now, snapshot.wall());
        }
    }

    /** The stores whose changelogs are not there. */
    public List<Store> missingStores() {
        return new StoresReader(topics, this::consumer).missing();
    }

    /** What the changelogs that are there hold of a partition; the scheduler must not run meanwhile. */
    public StoredState stored(int partition) {
        return new StoresReader(topics, this::consumer).read(partition);
    }

    /** Whether no block of a partition's journal was ever closed, or all were removed by retention. */
    public boolean isJournalEmpty(int partition) {
        try (JournalReader journal = new JournalReader(topics, partition, this::consumer)) {
            return journal.firstBlock().isEmpty();
        }
    }

    private PartitionPass pass(int partition, int partitions, ReplayRange range, ReplayWatcher watcher) {
        return pass(partition, partitions, JournalReader.openBlock(topics, partition, this::consumer), range, watcher);
    }

    private PartitionPass pass(
            int partition, int partitions, Optional<JournalBlock> open, ReplayRange range, ReplayWatcher watcher) {
        return new PartitionPass(
                topics,
                this::consumer,
                snapshots,
                open,
                ReplayStart.atTheBeginning(partition, partitions).where(topicIds()),
                range,
                watcher);
    }

    /** The ids of the inbound topics, which tell whether one of them was made anew. */
    private Map<Topic, String> topicIds() {
        EnumMap<Topic, String> ids = new EnumMap<>(Topic.class);
        try (Admin admin = Admin.create(consumerSettings)) {
            var found = admin.describeTopics(
                            Topic.inbound().stream().map(topics::name).toList())
                    .allTopicNames()
                    .get();
            for (Topic topic : Topic.inbound()) {
                ids.put(
                        topic,
                        Objects.requireNonNull(found.get(topics.name(topic)))
                                .topicId()
                                .toString());
            }
        } catch (ExecutionException e) {
            throw new KafkaException("cannot ask for the inbound topics: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
        return ids;
    }

    /**
     * Writes snapshots of what the changelogs hold, without a replay; the scheduler must not run meanwhile. It is where a follower can begin
     * when it can't replay what was before: because other rules decided it, or because it is gone.
     *
     * @return the snapshots, of the partitions that have taken anything yet
     * @throws IllegalStateException if what is stored can't be read
     */
    public List<SnapshotFile> snapshotStores() throws IOException {
        List<SnapshotFile> written = new ArrayList<>();
        int partitions = partitions();
        for (int partition = 0; partition < partitions; partition++) {
            ReplayStart stored = new ReplayStart(partition, partitions, stored(partition));
            Optional<JournalBlock> open = stored.state().openBlock();
            if (open.isPresent()) {
                new PartitionEngine(partition, stored.topics(), stored.state(), StepInterceptor.NONE)
                        .restore(stored.state());
                written.add(snapshots.orElseThrow().write(stored, open.get().getClosedAt()));
            }
        }
        return written;
    }

    private Consumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(consumerSettings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
