package dev.millrace.streams.recover;

import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.StoredState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a partition must have stored into the changelogs of its stores, and where its group is to read on: all of it or, if that fails,
 * nothing.
 */
final class StateWriter implements AutoCloseable {
    /** The most that brokers take without being told otherwise: a million records are one transaction. */
    private static final int TRANSACTION_TIMEOUT_MS = 15 * 60 * 1_000;

    private final Topics topics;
    private final Producer<byte[], byte[]> producer;
    private final ConsumerGroupMetadata group;

    /** @param kafka settings for producers, among them {@code bootstrap.servers} */
    StateWriter(Topics topics, Map<String, ?> kafka) {
        this.topics = topics;
        group = group(topics, kafka);
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, topics.applicationId() + "-recover");
        settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MS);
        producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        try {
            producer.initTransactions();
        } catch (RuntimeException e) {
            producer.close(Duration.ZERO);
            throw e;
        }
    }

    /** The schedulers' group as somebody sees it who is no member. The brokers take offsets from him also while there are members. */
    private static ConsumerGroupMetadata group(Topics topics, Map<String, ?> kafka) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, topics.applicationId());
        try (Consumer<byte[], byte[]> outsider =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            return outsider.groupMetadata();
        }
    }

    /**
     * Writes what is different.
     *
     * @param closed blocks that the journal lacks
     * @param last is asked right before the end; if it throws, nothing is written
     */
    void write(int partition, StoredState there, StoredState wanted, List<JournalBlock> closed, Runnable last) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        wanted.forEach((store, key, value) -> {
            if (!Arrays.equals(there.get(store, key), value)) {
                records.add(record(store, partition, key, value));
            }
        });
        there.forEach((store, key, value) -> {
            if (wanted.get(store, key) == null) {
                records.add(record(store, partition, key, null));
            }
        });
        RecordCodec codec = new RecordCodec();
        producer.beginTransaction();
        for (ProducerRecord<byte[], byte[]> record : records) {
            Future<RecordMetadata> unused = producer.send(record);
        }
        for (JournalBlock block : closed) {
            byte[] key = (partition + "/" + block.getNumber()).getBytes(StandardCharsets.UTF_8);
            Future<RecordMetadata> unused = producer.send(
                    new ProducerRecord<>(topics.name(Topic.JOURNAL), partition, key, codec.encode(block)));
        }
        producer.sendOffsetsToTransaction(offsetsAfter(partition, wanted.positions()), group);
        producer.flush();
        last.run();
        // Throws if any record could not be written.
        producer.commitTransaction();
    }

    /** With nothing noted beside them, which ends the recovery. */
    private Map<TopicPartition, OffsetAndMetadata> offsetsAfter(int partition, Map<Topic, Long> taken) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (Topic topic : Topic.inbound()) {
            Long offset = taken.get(topic);
            offsets.put(
                    new TopicPartition(topics.name(topic), partition),
                    new OffsetAndMetadata(offset == null ? 0 : offset + 1));
        }
        return offsets;
    }

    private ProducerRecord<byte[], byte[]> record(Store store, int partition, byte[] key, byte @Nullable [] value) {
        return new ProducerRecord<>(topics.changelog(store), partition, key, value);
    }

    @Override
    public void close() {
        producer.close();
    }
}
