package dev.millrace.streams;

import dev.millrace.streams.topology.FailOnException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * The settings of Kafka Streams. Each that differs from Kafka's default says why. They are legal on a broker with stock settings.
 */
final class StreamsSettings {
    /** What correctness rests on, or has an option; nobody may set it otherwise, with or without the prefix of one of the clients. */
    @SuppressWarnings("deprecation") // Kafka Streams still heeds the old names.
    private static final Set<String> RESERVED = Set.of(
            StreamsConfig.APPLICATION_ID_CONFIG,
            StreamsConfig.BOOTSTRAP_SERVERS_CONFIG,
            StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
            StreamsConfig.STATE_DIR_CONFIG,
            StreamsConfig.NUM_STREAM_THREADS_CONFIG,
            StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG,
            StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
            StreamsConfig.GROUP_PROTOCOL_CONFIG,
            StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG,
            StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG,
            StreamsConfig.DEFAULT_PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG,
            StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG,
            StreamsConfig.DEFAULT_DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG,
            ConsumerConfig.GROUP_ID_CONFIG,
            ConsumerConfig.GROUP_INSTANCE_ID_CONFIG,
            // There is an option for it, which would say something else.
            ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG);

    /** The longer ones first, since one ends with another. */
    private static final List<String> PREFIXES = List.of(
            StreamsConfig.MAIN_CONSUMER_PREFIX,
            StreamsConfig.RESTORE_CONSUMER_PREFIX,
            StreamsConfig.GLOBAL_CONSUMER_PREFIX,
            StreamsConfig.CONSUMER_PREFIX,
            StreamsConfig.PRODUCER_PREFIX,
            StreamsConfig.ADMIN_CLIENT_PREFIX);

    /** Kafka's own default. */
    private static final long MAX_POLL_MS = 100;

    /** So that three heartbeats in a row may be lost. */
    private static final int HEARTBEATS_PER_SESSION = 4;

    private StreamsSettings() {}

    /**
     * The settings of an instance.
     *
     * @param replicationFactor how many replicas the inbound topics have
     */
    static Properties of(SchedulerConfig config, String instanceId, int replicationFactor) {
        Properties settings = new Properties();
        // By default the changelogs would have as many replicas as the broker gives to any topic, which on stock
        // brokers
        // is 1: the loss of one broker would lose state that the inbound topics' replicas promise to keep.
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, replicationFactor);
        tuned(config, settings);
        // A stream thread that has nothing to do waits so long for records, and meanwhile commits nothing. What it took
        // less than a commit interval after the last commit, as anything that comes alone, waits for that.
        settings.put(
                StreamsConfig.POLL_MS_CONFIG,
                Math.max(1, Math.min(MAX_POLL_MS, config.commitInterval().toMillis() / 2)));
        settings.putAll(config.kafka());
        putOwn(config, settings);
        settings.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), instanceId);
        return settings;
    }

    /** Those with which the broker can be asked before it is known what topics it has. */
    static StreamsConfig forClients(SchedulerConfig config) {
        Properties settings = new Properties();
        settings.putAll(config.kafka());
        putOwn(config, settings);
        return new StreamsConfig(settings);
    }

    /** Where Kafka Streams keeps its stores within the instance's state directory. */
    static Path streamsDir(Path stateDir) {
        return stateDir.resolve("streams");
    }

    private static void putOwn(SchedulerConfig config, Properties settings) {
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, config.topics().applicationId());
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
        settings.put(
                StreamsConfig.STATE_DIR_CONFIG,
                streamsDir(config.stateDir()).toAbsolutePath().toString());
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.threads());
        settings.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, config.standbys());
        settings.put(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, config.commitInterval().toMillis());
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        // The streams group protocol takes no static members, and without those a restart takes as long as the session
        // timeout.
        settings.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, "classic");
        settings.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, FailOnException.class);
    }

    private static void tuned(SchedulerConfig config, Properties settings) {
        // The topics' records are taken as they come; waiting for the slower topic would only cost latency.
        settings.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, 0L);
        // For the few records of the cached stores.
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 16L * 1024 * 1024);
        settings.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
        int sessionMs = (int) config.sessionTimeout().toMillis();
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), sessionMs);
        settings.put(
                StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG),
                sessionMs / HEARTBEATS_PER_SESSION);
        // While a new instance warms up, it is looked again and again whether it can take its share, and each time two
        // more partitions begin to warm up. Kafka's default of ten minutes would let it wait for hours; this is the
        // least that it takes. Once everybody has what they should have, nothing is looked at any more.
        settings.put(StreamsConfig.PROBING_REBALANCE_INTERVAL_MS_CONFIG, 60_000L);
        // Must outlast the longest pause of a stream thread, such as when it rebuilds another partition's state.
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), (int)
                SchedulerConfig.TRANSACTION_TIMEOUT.toMillis());
        // A commit flushes anyhow; lingering would add to each request's latency.
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 0);
    }

    /** How many replicas a changelog gets that Kafka Streams makes under these settings; -1 = as many as the broker gives. */
    static int changelogReplicas(Properties settings) {
        return new StreamsConfig(settings).getInt(StreamsConfig.REPLICATION_FACTOR_CONFIG);
    }

    /** @throws IllegalArgumentException if one of the settings is not for others to make */
    static void refuseReserved(Map<String, String> kafka) {
        for (String key : kafka.keySet()) {
            if (RESERVED.contains(withoutPrefix(key))) {
                throw new IllegalArgumentException(
                        "the Kafka setting " + key + " is Millrace's own and can't be given");
            }
        }
    }

    private static String withoutPrefix(String key) {
        for (String prefix : PREFIXES) {
            if (key.startsWith(prefix)) {
                return key.substring(prefix.length());
            }
        }
        return key;
    }
}
