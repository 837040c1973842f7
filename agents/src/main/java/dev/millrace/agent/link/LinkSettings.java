package dev.millrace.agent.link;

import dev.millrace.client.ClusterConfig;
import dev.millrace.schemas.Topics;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Where an {@link AgentLink} connects to, and how. Kafka settings that the cluster's configuration names come before the link's choices, but can't
 * touch what the protocol rests on.
 *
 * @param cluster the cluster
 * @param clientId how the broker's logs and metrics call the link
 * @param tuning what the link is to be good at
 */
public record LinkSettings(ClusterConfig cluster, String clientId, Tuning tuning) {

    /** What a link is to be good at. */
    public enum Tuning {
        /** One agent: reports leave at once, and little memory is used. */
        ONE_AGENT(0, 16 << 10, 32 << 20, 500),
        /** Thousands of agents: reports travel in large batches. */
        MANY_AGENTS(5, 256 << 10, 128 << 20, 5_000);

        private final int lingerMs;
        private final int batchBytes;
        private final long bufferBytes;
        private final int maxPollRecords;

        Tuning(int lingerMs, int batchBytes, long bufferBytes, int maxPollRecords) {
            this.lingerMs = lingerMs;
            this.batchBytes = batchBytes;
            this.bufferBytes = bufferBytes;
            this.maxPollRecords = maxPollRecords;
        }
    }

    /**
     * How long the broker holds an answer back while there is nothing to read. It answers at once when there is something, so this costs no
     * latency, and an idle agent asks six times a minute. Nothing else of the link's may use the consumer's connection in the meantime, since
     * a broker takes one request of a connection after the other.
     */
    private static final int FETCH_MAX_WAIT_MS = 10_000;

    /** Shorter than Kafka's 30 s, so that a heartbeat that was sent to a stuck broker is sent anew within a usual lease. */
    private static final int PRODUCER_REQUEST_TIMEOUT_MS = 10_000;

    /** Longer than the broker may hold an answer back. */
    private static final int CONSUMER_REQUEST_TIMEOUT_MS = 30_000;

    private static final int RECONNECT_BACKOFF_MAX_MS = 2_000;

    /** As good as never; Kafka adds the time to this, so it must not be the largest number. */
    private static final long NEVER_MS = Duration.ofDays(3_650).toMillis();

    Topics topics() {
        return cluster.topics();
    }

    Map<String, Object> producerProperties() {
        Map<String, Object> properties = cluster.producerProperties();
        choose(properties, ProducerConfig.LINGER_MS_CONFIG, tuning.lingerMs);
        choose(properties, ProducerConfig.BATCH_SIZE_CONFIG, tuning.batchBytes);
        choose(properties, ProducerConfig.BUFFER_MEMORY_CONFIG, tuning.bufferBytes);
        choose(properties, ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, PRODUCER_REQUEST_TIMEOUT_MS);
        chooseForBoth(properties);
        // Where records go is looked up once, before the first of them, and not forgotten: sending does not wait.
        properties.put(ProducerConfig.METADATA_MAX_IDLE_CONFIG, NEVER_MS);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 0);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.MAX_VALUE);
        return properties;
    }

    Map<String, Object> consumerProperties() {
        Map<String, Object> properties = cluster.consumerProperties();
        choose(properties, ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_MAX_WAIT_MS);
        choose(properties, ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, CONSUMER_REQUEST_TIMEOUT_MS);
        choose(properties, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, tuning.maxPollRecords);
        chooseForBoth(properties);
        // A position that is lost must be noticed, not mended in silence: launches may have been missed.
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
        return properties;
    }

    private void chooseForBoth(Map<String, Object> properties) {
        choose(properties, CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, RECONNECT_BACKOFF_MAX_MS);
        choose(properties, CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, false);
        properties.put(CommonClientConfigs.CLIENT_ID_CONFIG, clientId);
    }

    private void choose(Map<String, Object> properties, String name, Object value) {
        if (!cluster.kafkaProperties().containsKey(name)) {
            properties.put(name, value);
        }
    }
}
