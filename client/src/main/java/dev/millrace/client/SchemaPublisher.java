package dev.millrace.client;

import dev.millrace.schemas.PublishedSchema;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.TopicSchemaLookup;
import dev.millrace.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes this version's schemas to a cluster's {@code schemas} topic, so that readers of other versions can take its records. */
public final class SchemaPublisher {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private SchemaPublisher() {}

    /**
     * Writes those that are not there yet.
     *
     * @param consumerSettings how to connect, as a consumer takes it
     * @param producerSettings how to connect, as a producer takes it
     * @return how many were written
     * @throws ClusterException if they can't be written
     * @throws org.apache.kafka.common.KafkaException if the topic can't be read
     */
    public static int publish(
            Map<String, Object> consumerSettings, Map<String, Object> producerSettings, Topics topics) {
        List<PublishedSchema> missing = missing(consumerSettings, topics);
        if (missing.isEmpty()) {
            return 0;
        }
        Map<String, Object> settings = new HashMap<>(producerSettings);
        settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        try (Producer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (PublishedSchema schema : missing) {
                byte[] key = schema.fingerprint().getBytes(StandardCharsets.UTF_8);
                byte[] value = schema.json().getBytes(StandardCharsets.UTF_8);
                sent.add(producer.send(new ProducerRecord<>(topics.name(Topic.SCHEMAS), key, value)));
            }
            for (Future<RecordMetadata> future : sent) {
                ClusterException.await(future, TIMEOUT, "cannot write to " + topics.name(Topic.SCHEMAS));
            }
        }
        return missing.size();
    }

    private static List<PublishedSchema> missing(Map<String, Object> consumerSettings, Topics topics) {
        try (TopicSchemaLookup published = new TopicSchemaLookup(consumerSettings, topics)) {
            return PublishedSchema.all().stream()
                    .filter(schema -> published.find(fingerprint(schema)).isEmpty())
                    .toList();
        }
    }

    /** The published form has the lowest byte first. */
    private static long fingerprint(PublishedSchema schema) {
        return Long.reverseBytes(HexFormat.fromHexDigitsToLong(schema.fingerprint()));
    }
}
