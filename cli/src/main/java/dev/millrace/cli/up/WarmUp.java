package dev.millrace.cli.up;

import java.util.List;
import org.rocksdb.RocksDB;

/** Loads, while the broker starts, what would otherwise be loaded one after the other when it has. */
final class WarmUp {
    private static final List<String> CLASSES = List.of(
            "org.apache.kafka.clients.admin.KafkaAdminClient",
            "org.apache.kafka.clients.consumer.KafkaConsumer",
            "org.apache.kafka.clients.producer.KafkaProducer",
            "org.apache.kafka.streams.KafkaStreams");

    private WarmUp() {}

    static void loadClasses() {
        RocksDB.loadLibrary();
        for (var name : CLASSES) {
            try {
                Class.forName(name);
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException("not on the class path: " + name, e);
            }
        }
    }
}
