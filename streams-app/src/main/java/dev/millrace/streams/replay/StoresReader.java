package dev.millrace.streams.replay;

import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.StoredState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads what one partition has stored from the changelogs of its stores, committed records only. What it reads is the state of one moment only
 * if no scheduler writes meanwhile.
 */
final class StoresReader {
    private final Topics topics;
    private final Supplier<Consumer<byte[], byte[]>> consumers;

    StoresReader(Topics topics, Supplier<Consumer<byte[], byte[]>> consumers) {
        this.topics = topics;
        this.consumers = consumers;
    }

    /** The stores whose changelogs are not there. */
    List<Store> missing() {
        List<Store> missing = new ArrayList<>();
        try (Consumer<byte[], byte[]> consumer = consumers.get()) {
            for (Store store : Store.values()) {
                if (JournalReader.partitions(consumer, topics.changelog(store)) == 0) {
                    missing.add(store);
                }
            }
        }
        return missing;
    }

    /** What the changelogs hold that are there. */
    StoredState read(int partition) {
        List<Store> missing = missing();
        StoredState state = new StoredState();
        for (Store store : Store.values()) {
            if (!missing.contains(store)) {
                read(store, partition, state);
            }
        }
        return state;
    }

    private void read(Store store, int partition, StoredState state) {
        TopicPartition changelog = new TopicPartition(topics.changelog(store), partition);
        try (TopicCursor cursor = new TopicCursor(consumers.get(), changelog)) {
            Optional<ConsumerRecord<byte[], byte[]>> record = cursor.next();
            while (record.isPresent()) {
                state.put(store, record.get().key(), record.get().value());
                record = cursor.next();
            }
        }
    }
}
