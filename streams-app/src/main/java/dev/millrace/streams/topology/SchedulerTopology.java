package dev.millrace.streams.topology;

import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.Outgoing;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The topology: one sub-topology, and so one task for each partition of the inbound topics, which decides for the pools that hash to it.
 *
 * <pre>
 *   task-requests ───┐                                        ┌─► task-status, decisions, resource-offers, journal
 *   framework-calls ─┤                                        │     (partition = the task's own: one total order for each pool)
 *   agent-events ────┼─► scheduler ─ engine ─ core ───────────┼─► task-launches (the partition that the agent announced)
 *   operator-cmds ───┤      │                                 ├─► cluster-state, dead-letters (by key)
 *   internal ────────┘      │                                 └─► internal (ticks: own partition; redirects: the right one) ─┐
 *      ▲                    ▼                                                                                                │
 *      └──────────────── stores ◄─ changelogs                                                                                │
 *      └─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
 * </pre>
 *
 * <p>Everything is bytes here, in and out: sources must not fail on what they can't decode, and the engine has encoded what goes out.
 *
 * <p>Stores are in memory, since under exactly-once a killed instance restores all of them from the changelogs anyhow, and memory is faster
 * at that. The one for {@link Store#PARTITION} is on disk: only a topology with a persistent store gets a process id that survives
 * a restart, and with it the transactional id whose dead transaction a restarted instance can abort at once rather than wait for its
 * timeout. Records that change with nearly every step lie in stores with a cache, which writes them to the changelog once a commit.
 */
public final class SchedulerTopology {
    static final String PROCESSOR = "scheduler";

    /** What the scheduler writes to, beside the changelogs. */
    private static final List<Topic> OUTBOUND = List.of(
            Topic.TASK_STATUS,
            Topic.DECISIONS,
            Topic.RESOURCE_OFFERS,
            Topic.JOURNAL,
            Topic.TASK_LAUNCHES,
            Topic.CLUSTER_STATE,
            Topic.DEAD_LETTERS,
            Topic.INTERNAL);

    /** From so many replicas on, one broker may be away and still none of what was acknowledged hangs on a single other. */
    private static final int REPLICAS_FOR_MIN_INSYNC_2 = 3;

    /** A record without a sensible timestamp is taken all the same; Kafka Streams would drop or fail on it. */
    private static final TimestampExtractor TIMESTAMP = (record, partitionTime) -> Math.max(0, record.timestamp());

    private static final Serializer<Outgoing> VALUE = (topic, outgoing) -> outgoing.value();

    private static final StreamPartitioner<byte[], Outgoing> PARTITIONER =
            (topic, key, outgoing, partitions) -> Optional.of(Set.of(outgoing.partition()));

    private SchedulerTopology() {}

    /** The topology of one scheduler instance. */
    public static Topology build(SchedulerSetup setup) {
        Topics topics = setup.topics();
        Topology topology = new Topology();
        String[] sources = Topic.inbound().stream().map(Topic::topicName).toArray(String[]::new);
        for (Topic topic : Topic.inbound()) {
            topology.addSource(
                    AutoOffsetReset.earliest(),
                    topic.topicName(),
                    TIMESTAMP,
                    new ByteArrayDeserializer(),
                    new ByteArrayDeserializer(),
                    topics.name(topic));
        }
        topology.addProcessor(PROCESSOR, () -> new SchedulerProcessor(setup), sources);
        for (Store store : Store.values()) {
            topology.addStateStore(builder(store, setup.changelogReplicas()), PROCESSOR);
        }
        for (Topic topic : OUTBOUND) {
            topology.addSink(sink(topic), topics.name(topic), new ByteArraySerializer(), VALUE, PARTITIONER, PROCESSOR);
        }
        return topology;
    }

    static String sink(Topic topic) {
        return "to-" + topic.topicName();
    }

    private static StoreBuilder<KeyValueStore<Bytes, byte[]>> builder(Store store, int changelogReplicas) {
        StoreBuilder<KeyValueStore<Bytes, byte[]>> builder = Stores.keyValueStoreBuilder(
                        supplier(store), Serdes.Bytes(), Serdes.ByteArray())
                .withLoggingEnabled(changelogConfig(changelogReplicas));
        return store.cached() ? builder.withCachingEnabled() : builder.withCachingDisabled();
    }

    private static KeyValueBytesStoreSupplier supplier(Store store) {
        String name = store.storeName();
        if (store == Store.PARTITION) {
            return Stores.persistentKeyValueStore(name);
        }
        // A cache wants its store to be sorted; what is in those with one is little.
        return store.cached() ? Stores.inMemoryKeyValueStore(name) : MemoryStore.supplier(name);
    }

    /**
     * The settings of a changelog with so many replicas: so that the time that a restoration takes depends on what is stored now, not on how
     * often it has changed, or how much has been deleted. Whoever reads for longer than deletions are kept, or sleeps meanwhile, may miss some,
     * and then finds that the {@linkplain dev.millrace.streams.engine.StoredSumException sum} of what it has read is not that of what is stored.
     */
    public static Map<String, String> changelogConfig(int replicas) {
        Map<String, String> config = new HashMap<>();
        config.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
        config.put(TopicConfig.SEGMENT_BYTES_CONFIG, String.valueOf(64 * 1024 * 1024));
        config.put(TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG, "120000");
        config.put(TopicConfig.DELETE_RETENTION_MS_CONFIG, String.valueOf(Store.DELETIONS_KEPT.toMillis()));
        config.put(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, "0.1");
        if (replicas >= REPLICAS_FOR_MIN_INSYNC_2) {
            config.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, "2");
        }
        return config;
    }
}
