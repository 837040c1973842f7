package dev.millrace.bench.recovery;

import dev.millrace.bench.StoppableBench;
import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.Outgoing;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.replay.PartitionReplay;
import dev.millrace.streams.replay.ReplayRange;
import dev.millrace.streams.replay.ReplayResult;
import dev.millrace.streams.replay.ReplayWatcher;
import dev.millrace.streams.replay.Replayer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/**
 * Measures how fast a partition's log is replayed and compared with what came out then: with all in memory, and as {@code millrace replay}
 * does it, from a broker, which is a process of its own.
 */
public final class ReplayBench implements StoppableBench<ReplayBenchResult> {
    /** Old enough to have passed, and young enough to be kept. */
    private static final long STARTED_BEFORE_MS = TimeUnit.DAYS.toMillis(2);

    private final ReplaySettings settings;
    private final Topics topics;
    private final Consumer<String> progress;
    private final LoneBroker broker;

    /**
     * Starts the broker.
     *
     * @param directory an empty directory for the broker
     * @param progress is told from time to time, in words, how far it is
     */
    public ReplayBench(Path directory, Topics topics, ReplaySettings settings, Consumer<String> progress)
            throws IOException, InterruptedException {
        this.settings = settings;
        this.topics = topics;
        this.progress = progress;
        broker = LoneBroker.start(directory, topics, 1);
    }

    @Override
    public ReplayBenchResult run() throws InterruptedException {
        RecordedRun run = RecordedRun.of(settings.inputs(), System.currentTimeMillis() - STARTED_BEFORE_MS);
        long recorded = run.recorded();
        progress.accept(recorded + " inputs in " + run.blocks().size() + " blocks of the journal are recorded");
        Times inMemory = new Times();
        for (int round = 0; round < settings.rounds(); round++) {
            inMemory.measure(() -> inMemory(run), recorded);
            progress.accept("replayed in memory in " + inMemory.tookMs.get(round) + " ms");
        }
        write(run);
        progress.accept("the broker has them");
        Times fromKafka = new Times();
        for (int round = 0; round < settings.rounds(); round++) {
            fromKafka.measure(this::fromKafka, recorded);
            progress.accept("replayed from the broker in " + fromKafka.tookMs.get(round) + " ms");
        }
        return new ReplayBenchResult(
                recorded, inMemory.tookMs, fromKafka.tookMs, inMemory.processorMs, fromKafka.processorMs);
    }

    /** How long the rounds took. */
    private static final class Times {
        final List<Long> tookMs = new ArrayList<>();
        final List<Long> processorMs = new ArrayList<>();

        void measure(Supplier<ReplayResult> replay, long recorded) {
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long begunNs = System.nanoTime();
            long processorBeforeNs = threads.getCurrentThreadCpuTime();
            ReplayResult result = replay.get();
            processorMs.add(TimeUnit.NANOSECONDS.toMillis(threads.getCurrentThreadCpuTime() - processorBeforeNs));
            tookMs.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begunNs));
            requireAll(result, recorded);
        }
    }

    private static ReplayResult inMemory(RecordedRun run) {
        PartitionReplay replay = new PartitionReplay(0, 1, run.log());
        for (JournalBlock block : run.blocks()) {
            replay.replay(block);
        }
        return new ReplayResult(List.of(replay.result()));
    }

    private ReplayResult fromKafka() {
        return new Replayer(topics, broker.cluster().consumerProperties(), Optional.empty())
                .verify(ReplayRange.ALL, ReplayWatcher.NONE);
    }

    private static void requireAll(ReplayResult result, long recorded) {
        if (!result.verified() || result.inputs() != recorded) {
            throw new IllegalStateException(
                    "of " + recorded + " inputs were replayed " + result.inputs() + ": " + result);
        }
    }

    private void write(RecordedRun run) throws InterruptedException {
        keepTimestamps();
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(broker.cluster().producerProperties())) {
            for (Topic topic : Topic.inbound()) {
                for (RawRecord raw : run.inputs(topic)) {
                    // What does not arrive is missed by the replay.
                    Future<?> unused = producer.send(
                            new ProducerRecord<>(topics.name(topic), 0, raw.timestampMs(), null, raw.value()));
                }
            }
            for (Outgoing block : run.journal()) {
                Future<?> unused =
                        producer.send(new ProducerRecord<>(topics.name(Topic.JOURNAL), 0, block.key(), block.value()));
            }
        }
    }

    /** The inputs' times are those at which they were taken, and not those at which the broker gets them for this measurement. */
    private void keepTimestamps() throws InterruptedException {
        ConfigEntry createTime = new ConfigEntry(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "CreateTime");
        Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
        for (Topic topic : Topic.inbound()) {
            changes.put(
                    new ConfigResource(ConfigResource.Type.TOPIC, topics.name(topic)),
                    List.of(new AlterConfigOp(createTime, AlterConfigOp.OpType.SET)));
        }
        try (Admin admin = Admin.create(broker.cluster().adminProperties())) {
            admin.incrementalAlterConfigs(changes).all().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot configure the topics", e.getCause());
        }
    }

    @Override
    public void close() {
        broker.close();
    }
}
