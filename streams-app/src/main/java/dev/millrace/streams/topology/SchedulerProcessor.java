package dev.millrace.streams.topology;

import dev.millrace.contract.InputOutcome;
import dev.millrace.contract.Tick;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.FrameworkCounts;
import dev.millrace.streams.engine.Outgoing;
import dev.millrace.streams.engine.PartitionEngine;
import dev.millrace.streams.engine.RawRecord;
import dev.millrace.streams.engine.Step;
import dev.millrace.streams.engine.Stored;
import dev.millrace.streams.engine.StoredPortion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives one partition's engine: feeds it records, writes what changed to the stores, forwards what comes out, and sends the partition's
 * ticks. Kafka Streams commits the inputs' offsets, the changelogs and the outputs as one transaction. Mutable; owned by the stream thread.
 */
final class SchedulerProcessor implements Processor<byte[], byte[], byte[], Outgoing> {
    /** A tick that has not come back after so long is taken for lost: somebody may have deleted records of the internal topic. */
    private static final long LOST_TICK_MS = 60_000;

    private static final long NO_OFFSET = -1;

    private static final Logger LOG = LoggerFactory.getLogger(SchedulerProcessor.class);

    private final SchedulerSetup setup;
    private final Map<String, Topic> topicsByName = new HashMap<>();
    private final EnumMap<Store, KeyValueStore<Bytes, byte[]>> stores = new EnumMap<>(Store.class);
    private final String[] sinks = new String[Topic.values().length];
    private @Nullable ProcessorContext<byte[], Outgoing> context;
    private @Nullable PartitionEngine engine;
    private @Nullable FrameworkSensors sensors;
    private @Nullable Outgoing tick;
    private @Nullable Cancellable ticking;
    private long tickSentMs;
    private boolean tickOutstanding;
    /** The last offset of each topic since {@link #init}, by the topic's number. */
    private final long[] lastOffsets = new long[Topic.values().length];

    SchedulerProcessor(SchedulerSetup setup) {
        this.setup = setup;
        for (Topic topic : Topic.values()) {
            topicsByName.put(setup.topics().name(topic), topic);
            sinks[topic.ordinal()] = SchedulerTopology.sink(topic);
        }
    }

    /**
     * Called after the stores were restored, and once more on the same object when Kafka Streams has found them corrupted and restored
     * them again; so nothing that was known before counts.
     */
    @Override
    public void init(ProcessorContext<byte[], Outgoing> newContext) {
        context = newContext;
        int partition = newContext.taskId().partition();
        removeSensors();
        sensors = new FrameworkSensors(newContext.metrics(), partition);
        PartitionEngine rebuilt = new PartitionEngine(
                partition, setup.inbound(), this::stored, setup.interceptor(), new FrameworkCounts(sensors));
        for (Store store : Store.values()) {
            stores.put(store, newContext.getStateStore(store.storeName()));
        }
        // It says whether a newer version wrote all this, which is to be known before anything else is read.
        long records = restore(rebuilt, List.of(Store.PARTITION));
        records += restore(
                rebuilt,
                Stream.of(Store.values())
                        .filter(store -> store != Store.PARTITION)
                        .toList());
        rebuilt.restored();
        engine = rebuilt;
        tick = tick(partition);
        tickOutstanding = false;
        Arrays.fill(lastOffsets, NO_OFFSET);
        ticking = newContext.schedule(setup.tickInterval(), PunctuationType.WALL_CLOCK_TIME, this::sendTick);
        setup.listener().ready(partition, rebuilt.inputs(), records);
    }

    private long restore(PartitionEngine rebuilt, List<Store> ofStores) {
        long records = 0;
        StoredPortion portion = new StoredPortion(rebuilt::restore);
        for (Store store : ofStores) {
            try (KeyValueIterator<Bytes, byte[]> all =
                    Objects.requireNonNull(stores.get(store)).all()) {
                while (all.hasNext()) {
                    KeyValue<Bytes, byte[]> entry = all.next();
                    portion.add(new Stored(store, entry.key.get(), entry.value));
                    records++;
                }
            }
        }
        portion.end();
        return records;
    }

    private byte @Nullable [] stored(Store store, byte[] key) {
        return Objects.requireNonNull(stores.get(store)).get(Bytes.wrap(key));
    }

    private Outgoing tick(int partition) {
        byte[] key = String.valueOf(partition).getBytes(StandardCharsets.UTF_8);
        byte[] value = new RecordCodec()
                .encode(new Tick(partition, setup.tickInterval().toMillis()));
        return new Outgoing(Topic.INTERNAL, key, partition, value);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        RecordMetadata where = context().recordMetadata().orElseThrow();
        Topic topic = Objects.requireNonNull(topicsByName.get(where.topic()), where::topic);
        RawRecord raw = new RawRecord(topic, where.partition(), where.offset(), record.timestamp(), record.value());
        requireProgress(raw);
        Step step = step(raw);
        if (step.tick()) {
            tickOutstanding = false;
            setup.listener().ticked(raw.partition());
        } else if (step.outcome() == InputOutcome.POISONED) {
            // It may have been the tick. That there may now be two on their way does no harm.
            tickOutstanding &= topic != Topic.INTERNAL;
            // The next input may fail, too, which takes back all that is not committed.
            context().commit();
        }
        for (Stored change : step.changes()) {
            Objects.requireNonNull(stores.get(change.store())).put(Bytes.wrap(change.key()), change.value());
        }
        if (!step.outputs().isEmpty()) {
            Headers headers = InputHeader.of(raw, Objects.requireNonNull(engine).taken(Topic.INTERNAL));
            for (Outgoing output : step.outputs()) {
                forward(output, record.timestamp(), headers);
            }
        }
    }

    private Step step(RawRecord raw) {
        PartitionEngine current = Objects.requireNonNull(engine);
        String topicId = Objects.requireNonNull(setup.inbound().ids().get(raw.topic()));
        if (setup.failures().poisoned(topicId, raw.partition(), raw.offset())) {
            LOG.warn(
                    "skipping the input {}, on which the core has failed {} times",
                    raw.place(),
                    FailureLedger.FAILURES_TO_SKIP);
            return current.skipPoison(raw);
        }
        try {
            return current.take(raw);
        } catch (InternalError | UnknownError e) {
            // The Java machine itself is broken, which is not for the input to answer.
            throw e;
        } catch (Throwable e) {
            // Errors count, too: a class that can't be loaded, an assertion, an array that is too large come back with
            // the input. So may a heap that is too small; that cannot be told from an input that asks too much of it,
            // and to make it a dead letter is better than to end at every start. The half-changed state of the
            // partition, which is of no further use, is let go first, to have memory to write this down.
            engine = null;
            int times = setup.failures().failed(topicId, raw.partition(), raw.offset());
            throw new StepFailedException(raw.place(), raw.partition(), raw.isTick(), times, e);
        }
    }

    /** Within the life of a processor offsets rise, however the group's offsets were moved before it began. */
    private void requireProgress(RawRecord raw) {
        long last = lastOffsets[raw.topic().ordinal()];
        if (raw.offset() <= last) {
            throw new LogWentBackException(raw.place(), last);
        }
        lastOffsets[raw.topic().ordinal()] = raw.offset();
    }

    /** At most one tick is on its way: in a backlog ticks would only make it longer, and elapsed time is to stand still anyhow. */
    private void sendTick(long nowMs) {
        if (tickOutstanding && nowMs - tickSentMs < LOST_TICK_MS) {
            return;
        }
        long internalOffset = Objects.requireNonNull(engine).taken(Topic.INTERNAL);
        forward(Objects.requireNonNull(tick), nowMs, InputHeader.ofTick(internalOffset));
        tickOutstanding = true;
        tickSentMs = nowMs;
    }

    private void forward(Outgoing output, long timestampMs, Headers headers) {
        context()
                .forward(
                        new Record<>(output.key(), output, timestampMs, headers),
                        sinks[output.topic().ordinal()]);
    }

    @Override
    public void close() {
        if (ticking != null) {
            ticking.cancel();
            ticking = null;
        }
        removeSensors();
        engine = null;
    }

    private void removeSensors() {
        if (sensors != null) {
            sensors.close();
            sensors = null;
        }
    }

    private ProcessorContext<byte[], Outgoing> context() {
        return Objects.requireNonNull(context);
    }
}
