package dev.millrace.chaos;

import dev.millrace.client.ClusterConfig;
import dev.millrace.schemas.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/** Writes what is no record to every partition that the scheduler reads, and remembers where. Any thread may use it. */
final class Poison {
    private static final int MAX_BYTES = 2_000;
    /** How the values of all records begin. */
    private static final byte[] MAGIC = {(byte) 0xC3, 1};

    private final ClusterConfig config;
    private final int partitions;
    private final Random random;
    private final Set<String> places = ConcurrentHashMap.newKeySet();

    /** @param partitions how many each topic has */
    Poison(ClusterConfig config, int partitions, long seed) {
        this.config = config;
        this.partitions = partitions;
        this.random = new Random(seed);
    }

    /** Writes some; returns when it is acknowledged. */
    void feed() throws ExecutionException, InterruptedException {
        // Whoever sends something twice because an answer was lost must not count it once.
        try (Producer<byte[], byte[]> producer = new KafkaProducer<>(config.producerProperties())) {
            for (Topic topic : Topic.inbound()) {
                for (int partition = 0; partition < partitions; partition++) {
                    for (byte[] value : values()) {
                        RecordMetadata sent = producer.send(
                                        new ProducerRecord<>(config.topics().name(topic), partition, null, value))
                                .get();
                        places.add(place(topic.topicName(), partition, sent.offset()));
                    }
                }
            }
        }
    }

    /** Where poison lies. */
    Set<String> places() {
        return Set.copyOf(places);
    }

    static String place(String topic, int partition, long offset) {
        return topic + "/" + partition + "/" + offset;
    }

    private List<byte[]> values() {
        List<byte[]> values = new ArrayList<>();
        values.add(new byte[0]);
        values.add(MAGIC.clone());
        // Neither a record's beginning nor, with the right beginning, a type that there is: eight random bytes name
        // none.
        byte[] noise = new byte[1 + random.nextInt(MAX_BYTES)];
        random.nextBytes(noise);
        noise[0] = 0;
        values.add(noise);
        byte[] unknown = new byte[MAGIC.length + 8 + random.nextInt(MAX_BYTES)];
        random.nextBytes(unknown);
        System.arraycopy(MAGIC, 0, unknown, 0, MAGIC.length);
        values.add(unknown);
        return values;
    }
}
