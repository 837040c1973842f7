package dev.millrace.local;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Produces to a broker and reads from it, a string a record, on topics of one partition. */
final class Traffic {

    private static final long LIMIT_SECONDS = 30;

    private final String bootstrapServers;

    Traffic(String bootstrapServers) {
        this.bootstrapServers = bootstrapServers;
    }

    void createTopic(String topic) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("topic " + topic + " was not created", e);
        }
    }

    /** A producer's look-up of a topic is what makes brokers create it, where they do. */
    boolean topicExistsAfterAskingForIt(String topic) {
        Map<String, Object> impatient = Map.of("max.block.ms", 1_000);
        try (KafkaProducer<String, String> producer = producer(impatient)) {
            return !producer.partitionsFor(topic).isEmpty();
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            return false;
        }
    }

    void send(String topic, List<String> values) {
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            sendAll(producer, topic, values);
        }
    }

    void sendInTransaction(String topic, List<String> values) {
        inTransaction(topic, values, KafkaProducer::commitTransaction);
    }

    void sendAndAbort(String topic, List<String> values) {
        inTransaction(topic, values, KafkaProducer::abortTransaction);
    }

    private void inTransaction(String topic, List<String> values, Consumer<KafkaProducer<String, String>> end) {
        try (KafkaProducer<String, String> producer = producer(Map.of("transactional.id", topic + "-writer"))) {
            producer.initTransactions();
            producer.beginTransaction();
            sendAll(producer, topic, values);
            end.accept(producer);
        }
    }

    private static void sendAll(KafkaProducer<String, String> producer, String topic, List<String> values) {
        for (String value : values) {
            try {
                producer.send(new ProducerRecord<>(topic, value)).get(LIMIT_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException | ExecutionException | TimeoutException e) {
                throw new AssertionError("'" + value + "' was not taken", e);
            }
        }
    }

    private KafkaProducer<String, String> producer(Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", bootstrapServers);
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    /** The first {@code count} committed records, or fewer if they do not come in time. */
    List<String> read(String topic, int count) {
        Map<String, Object> config = Map.of("bootstrap.servers", bootstrapServers, "isolation.level", "read_committed");
        TopicPartition partition = new TopicPartition(topic, 0);
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long begunNanos = System.nanoTime();
            while (values.size() < count && System.nanoTime() - begunNanos < TimeUnit.SECONDS.toNanos(LIMIT_SECONDS)) {
                consumer.poll(Duration.ofSeconds(1)).forEach(record -> values.add(record.value()));
            }
        }
        return values;
    }
}
