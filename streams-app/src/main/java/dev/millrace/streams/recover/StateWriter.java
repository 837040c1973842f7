package dev.millrace.streams.recover;

import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.StoredState;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Writes what a partition must have stored into the changelogs of its stores: all of it or, if that fails, nothing. */
final class StateWriter implements AutoCloseable {
    /** The most that brokers take without being told otherwise: a million records are one transaction. */
    private static final int TRANSACTION_TIMEOUT_MS = 15 * 60 * 1_000;

    private final Topics topics;
    private final Producer<byte[], byte[]> producer;

    /** @param kafka settings for producers, among them {@code bootstrap.servers} */
    StateWriter(Topics topics, Map<String, ?> kafka) {
        this.topics = topics;
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, topics.applicationId() + "-recover");
        settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MS);
        producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
    }

    /**
     * Writes what is different.
     *
     * @param closed blocks that the journal lacks
     * @return how many records had to be written
     */
    long write(int partition, StoredState there, StoredState wanted, List<JournalBlock> closed) {
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
        // Throws if any record could not be written.
        producer.commitTransaction();
        return records.size();
    }

    private ProducerRecord<byte[], byte[]> record(Store store, int partition, byte[] key, byte @Nullable [] value) {
        return new ProducerRecord<>(topics.changelog(store), partition, key, value);
    }

    @Override
    public void close() {
        producer.close();
    }
}
