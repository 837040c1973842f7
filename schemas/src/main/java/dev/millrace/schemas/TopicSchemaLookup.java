package dev.millrace.schemas;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Finds schemas on a cluster's {@code schemas} topic: reads it up to its end when a fingerprint is asked for that has not been seen there,
 * and at most once a second. Connects when it is first asked. Any thread may use it; they wait for each other.
 */
public final class TopicSchemaLookup implements SchemaLookup, AutoCloseable {
    private static final long MIN_NANOS_BETWEEN_READS = 1_000_000_000L;
    private static final Duration POLL_TIMEOUT = Duration.ofMillis(500);
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(60);

    private final Map<String, Object> properties;
    private final TopicPartition partition;
    private final SchemaBook book = new SchemaBook();
    private @Nullable Consumer<byte[], byte[]> consumer;
    private long lastReadNanos;

    /**
     * A lookup on one cluster.
     *
     * @param kafkaProperties how to connect, as a consumer takes it
     * @param topics the cluster's topics
     */
    public TopicSchemaLookup(Map<String, Object> kafkaProperties, Topics topics) {
        properties = new HashMap<>(kafkaProperties);
        properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
        partition = new TopicPartition(topics.name(Topic.SCHEMAS), 0);
    }

    /**
     * The schema of that fingerprint.
     *
     * @throws org.apache.kafka.common.KafkaException if the topic cannot be read, a {@code TimeoutException} if it does not answer
     */
    @Override
    public synchronized Optional<Schema> find(long fingerprint) {
        Optional<Schema> known = book.find(fingerprint);
        if (known.isPresent()) {
            return known;
        }
        readOn();
        return book.find(fingerprint);
    }

    @Override
    public synchronized void close() {
        if (consumer != null) {
            // Saying goodbye would wait behind the fetch that the broker holds back.
            consumer.close(CloseOptions.timeout(Duration.ZERO));
            consumer = null;
        }
    }

    private void readOn() {
        long now = System.nanoTime();
        if (consumer == null) {
            consumer = new KafkaConsumer<>(properties);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
        } else if (now - lastReadNanos < MIN_NANOS_BETWEEN_READS) {
            return;
        }
        lastReadNanos = now;
        long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
        while (consumer.position(partition) < end) {
            if (System.nanoTime() - now > READ_TIMEOUT.toNanos()) {
                throw new TimeoutException(
                        partition.topic() + " was not read to its end within " + READ_TIMEOUT.toSeconds() + " s");
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL_TIMEOUT)) {
                if (record.value() != null) {
                    book.add(record.value());
                }
            }
        }
    }
}
