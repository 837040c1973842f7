package dev.millrace.streams;

import dev.millrace.streams.topology.FailOnException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * The settings of Kafka Streams. Each that differs from Kafka's default says why. They are legal on a broker with stock settings.
 */
final class StreamsSettings {
    /** What correctness rests on; nobody may set it otherwise. */
    private static final List<String> RESERVED = List.of(
            StreamsConfig.APPLICATION_ID_CONFIG,
            StreamsConfig.BOOTSTRAP_SERVERS_CONFIG,
            StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
            StreamsConfig.STATE_DIR_CONFIG,
            StreamsConfig.NUM_STREAM_THREADS_CONFIG,
            StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
            StreamsConfig.GROUP_PROTOCOL_CONFIG,
            StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG,
            StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG),
            StreamsConfig.consumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG),
            ConsumerConfig.GROUP_INSTANCE_ID_CONFIG,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            StreamsConfig.consumerPrefix(ConsumerConfig.ISOLATION_LEVEL_CONFIG),
            StreamsConfig.mainConsumerPrefix(ConsumerConfig.ISOLATION_LEVEL_CONFIG));

    private StreamsSettings() {}

    /** The settings of an instance. */
    static Properties of(SchedulerConfig config, String instanceId) {
        Properties settings = new Properties();
        tuned(settings);
        settings.putAll(config.kafka());
        Path streamsDir = config.stateDir().resolve("streams");
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, config.topics().applicationId());
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
        settings.put(StreamsConfig.STATE_DIR_CONFIG, streamsDir.toAbsolutePath().toString());
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.threads());
        settings.put(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, config.commitInterval().toMillis());
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        // The streams group protocol takes no static members, and without those a restart takes as long as the session
        // timeout.
        settings.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, "classic");
        settings.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), instanceId);
        settings.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, FailOnException.class);
        return settings;
    }

    private static void tuned(Properties settings) {
        // The topics' records are taken as they come; waiting for the slower topic would only cost latency.
        settings.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, 0L);
        // For the few records of the cached stores.
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 16L * 1024 * 1024);
        settings.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
        // A standby takes over after the longer of session and transaction timeout. The first is the lowest that a
        // stock broker takes.
        // The second must outlast the longest pause of a stream thread, such as when it rebuilds another partition's
        // state.
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 6_000);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), 1_500);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), 10_000);
        // A commit flushes anyhow; lingering would add to each request's latency.
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 0);
    }

    /** @throws IllegalArgumentException if one of the settings is not for others to make */
    static void refuseReserved(Map<String, String> kafka) {
        for (String key : RESERVED) {
            if (kafka.containsKey(key)) {
                throw new IllegalArgumentException(
                        "the Kafka setting " + key + " is Millrace's own and can't be given");
            }
        }
    }
}
