package dev.millrace.examples;

import dev.millrace.client.ClusterConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What a job that counts words reads and writes: a topic of lines and one of counts. Mutable; of one test. */
final class WordCount implements AutoCloseable {
    private static final String LINES = "lines";
    private static final String COUNTS = "counts";

    private final Producer<String, String> producer;
    private final Consumer<String, Long> consumer;
    private final Map<String, Long> counts = new HashMap<>();

    private WordCount(ClusterConfig cluster) {
        producer = new KafkaProducer<>(servers(cluster), new StringSerializer(), new StringSerializer());
        consumer = new KafkaConsumer<>(servers(cluster), new StringDeserializer(), new LongDeserializer());
    }

    /** Makes the topics. */
    static WordCount start(ClusterConfig cluster) throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(servers(cluster))) {
            admin.createTopics(List.of(new NewTopic(LINES, 1, (short) 1), new NewTopic(COUNTS, 1, (short) 1)))
                    .all()
                    .get();
        }
        WordCount words = new WordCount(cluster);
        List<TopicPartition> partitions = List.of(new TopicPartition(COUNTS, 0));
        words.consumer.assign(partitions);
        words.consumer.seekToBeginning(partitions);
        return words;
    }

    String lines() {
        return LINES;
    }

    String counts() {
        return COUNTS;
    }

    String taskId() {
        return "word-count-of-" + LINES;
    }

    void say(String line) throws ExecutionException, InterruptedException {
        producer.send(new ProducerRecord<>(LINES, line)).get();
    }

    /** How often the job has counted that word so far. */
    long count(String word) {
        consumer.poll(Duration.ofMillis(100)).forEach(count -> counts.put(count.key(), count.value()));
        return counts.getOrDefault(word, 0L);
    }

    @Override
    public void close() {
        producer.close();
        consumer.close();
    }

    private static Map<String, Object> servers(ClusterConfig cluster) {
        return Map.of("bootstrap.servers", cluster.bootstrapServers());
    }
}
