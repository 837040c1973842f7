package dev.millrace.streams.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.InputOutcome;
import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.Pools;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.state.SavedPartition;
import dev.millrace.streams.replay.InputLog;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * The inbound topics, the stores and one engine for each partition, all in memory and in one thread. What an engine sends to the internal
 * topic goes round; all else is kept. Offsets have gaps, as transactions leave them.
 */
public final class MemoryCluster {
    private static final long START_MS = 1_700_000_000_000L;

    private static final int STEPS_PER_SUM = 50;

    private final int partitions;
    private final RecordCodec codec = new RecordCodec();
    private final Random random;
    private final List<Partition> all = new ArrayList<>();
    private final Set<RawRecord> poison = new HashSet<>();
    private StepInterceptor interceptor = StepInterceptor.NONE;
    private long nowMs = START_MS;

    /** What belongs to one partition. */
    private static final class Partition {
        final int number;
        final EnumMap<Topic, List<RawRecord>> inputs = new EnumMap<>(Topic.class);
        final EnumMap<Topic, Integer> next = new EnumMap<>(Topic.class);
        final EnumMap<Topic, Long> endOffsets = new EnumMap<>(Topic.class);
        final StoredState state = new StoredState();
        final List<Outgoing> outputs = new ArrayList<>();
        final List<SpecificRecord> sent = new ArrayList<>();
        PartitionEngine engine;

        Partition(int number, Function<StoredRecords, PartitionEngine> engine) {
            this.number = number;
            this.engine = engine.apply(state);
        }
    }

    private long steps;

    public MemoryCluster(int partitions, long seed) {
        this.partitions = partitions;
        random = new Random(seed);
        for (int i = 0; i < partitions; i++) {
            int number = i;
            all.add(new Partition(number, stored -> engine(number, stored)));
            all.get(i).engine.restored();
        }
    }

    public InboundTopics topics() {
        EnumMap<Topic, String> ids = new EnumMap<>(Topic.class);
        Topic.inbound().forEach(topic -> ids.put(topic, "id of " + topic.topicName()));
        return new InboundTopics(partitions, ids, Set.of());
    }

    /** From now on each engine that is made is intercepted by this. */
    public void intercept(StepInterceptor newInterceptor) {
        interceptor = newInterceptor;
        for (Partition partition : all) {
            restart(partition.number);
        }
    }

    /** Appends a record where its key says. */
    public RawRecord send(SpecificRecord record) {
        return send(Topics.partition(Pools.of(record).orElseThrow(), partitions), record);
    }

    /** Appends a record to a partition of the topic that carries its type. */
    public RawRecord send(int partition, SpecificRecord record) {
        for (Topic topic : Topic.inbound()) {
            if (topic.types().contains(record.getClass())) {
                return send(topic, partition, codec.encode(record));
            }
        }
        throw new IllegalArgumentException("no inbound topic carries " + record.getClass());
    }

    public RawRecord send(Topic topic, int partition, byte @Nullable [] value) {
        Partition to = all.get(partition);
        long offset = to.endOffsets.getOrDefault(topic, 0L);
        to.endOffsets.put(topic, offset + (random.nextInt(4) == 0 ? 3 : 1));
        nowMs += random.nextInt(20);
        RawRecord record = new RawRecord(topic, partition, offset, nowMs, value);
        to.inputs.computeIfAbsent(topic, t -> new ArrayList<>()).add(record);
        return record;
    }

    /** Moves the clocks. */
    public void tick(long passedMs) {
        nowMs += passedMs;
        for (int i = 0; i < partitions; i++) {
            send(i, new dev.millrace.contract.Tick(i, 250L));
        }
    }

    /** From now on this record is skipped. */
    public void poison(RawRecord record) {
        poison.add(record);
    }

    /** Loses an engine and makes another of what is stored. */
    public void restart(int partition) {
        Partition restarted = all.get(partition);
        PartitionEngine engine = engine(partition, restarted.state);
        engine.restore(restarted.state);
        restarted.engine = engine;
    }

    /** Moves the offsets of a partition back to the beginning; the engine is made anew, as a moved group's would be. */
    public void rewind(int partition) {
        all.get(partition).next.clear();
        restart(partition);
    }

    /** Takes records until there are none, topics and partitions in an order that the seed decides. */
    public void run() {
        run(false);
    }

    /**
     * Takes records until there are none.
     *
     * @param losing whether each is taken by an engine that was made anew
     */
    public void run(boolean losing) {
        while (true) {
            List<RawRecord> heads = heads();
            if (heads.isEmpty()) {
                return;
            }
            RawRecord next = heads.get(random.nextInt(heads.size()));
            if (losing) {
                restart(next.partition());
            }
            take(next);
        }
    }

    /** Takes one record, which must be the next one of its topic. */
    public InputOutcome take(RawRecord record) {
        Partition partition = all.get(record.partition());
        Step step = poison.contains(record) ? partition.engine.skipPoison(record) : partition.engine.take(record);
        partition.next.merge(record.topic(), 1, Integer::sum);
        partition.state.apply(step);
        if (++steps % STEPS_PER_SUM == 0) {
            assertThat(saved(partition.number).getSum())
                    .as("the sum that is kept is the one of all that is stored")
                    .isEqualTo(StoredSum.of(partition.state));
        }
        for (Outgoing output : step.outputs()) {
            partition.outputs.add(output);
            if (output.value() != null) {
                partition.sent.add(decode(output.value()));
            }
            if (output.topic() == Topic.INTERNAL) {
                send(Topic.INTERNAL, output.partition(), output.value());
            }
        }
        return step.outcome();
    }

    private List<RawRecord> heads() {
        List<RawRecord> heads = new ArrayList<>();
        for (Partition partition : all) {
            partition.inputs.forEach((topic, records) -> {
                int next = partition.next.getOrDefault(topic, 0);
                if (next < records.size()) {
                    heads.add(records.get(next));
                }
            });
        }
        return heads;
    }

    /** The records that all partitions have put out so far, of that type. */
    public <T extends SpecificRecord> List<T> sent(Class<T> type) {
        return all.stream().flatMap(p -> sent(p.number, type).stream()).toList();
    }

    public <T extends SpecificRecord> List<T> sent(int partition, Class<T> type) {
        return all.get(partition).sent.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    public List<Outgoing> outputs(int partition) {
        return all.get(partition).outputs;
    }

    public long checksum(int partition) {
        return all.get(partition).engine.checksum();
    }

    public long inputs(int partition) {
        return all.get(partition).engine.inputs();
    }

    public SavedPartition saved(int partition) {
        return all.get(partition).state.partition().orElseThrow();
    }

    /** Everything that is stored but for the shell's own record, comparable. */
    public Map<String, List<Byte>> stored(int partition) {
        Map<String, List<Byte>> stored = new HashMap<>();
        all.get(partition).state.forEach((store, key, value) -> {
            if (store != Store.PARTITION) {
                List<Byte> bytes = new ArrayList<>();
                for (byte b : value) {
                    bytes.add(b);
                }
                stored.put(store + " " + new String(key, StandardCharsets.UTF_8), bytes);
            }
        });
        return stored;
    }

    /** Copies everything that is stored, the shell's own record included. */
    public void copyStored(int partition, StoredState to) {
        all.get(partition).state.forEach(to::put);
    }

    /** The partition's journal: the closed blocks and the open one. */
    public List<JournalBlock> journal(int partition) {
        List<JournalBlock> blocks = new ArrayList<>(sent(partition, JournalBlock.class));
        blocks.add(saved(partition).getOpenBlock());
        return blocks;
    }

    /** The partition's inputs, to be replayed. */
    public InputLog inputLog(int partition) {
        Map<Topic, List<RawRecord>> inputs = all.get(partition).inputs;
        return new InputLog() {
            @Override
            public Optional<RawRecord> next(Topic topic, long offset) {
                List<RawRecord> records = inputs.getOrDefault(topic, List.of());
                int from = 0;
                int to = records.size();
                while (from < to) {
                    int middle = (from + to) / 2;
                    if (records.get(middle).offset() < offset) {
                        from = middle + 1;
                    } else {
                        to = middle;
                    }
                }
                return from < records.size() ? Optional.of(records.get(from)) : Optional.empty();
            }

            @Override
            public void close() {}
        };
    }

    private SpecificRecord decode(byte[] bytes) {
        Decoded decoded = codec.decode(bytes);
        assertThat(decoded).isInstanceOf(Decoded.Value.class);
        return ((Decoded.Value) decoded).record();
    }

    private PartitionEngine engine(int partition, StoredRecords stored) {
        return new PartitionEngine(partition, topics(), stored, interceptor);
    }
}
