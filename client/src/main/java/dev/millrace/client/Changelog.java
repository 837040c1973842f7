package dev.millrace.client;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one store of the scheduler holds: the newest value of each key, as bytes, by partition. Values are decoded when they are asked
 * for, since most never are. Mutable; owned by the read model, which locks it.
 */
final class Changelog {
    private final List<Map<String, byte[]>> partitions = new ArrayList<>();

    Changelog(int partitionCount) {
        for (int i = 0; i < partitionCount; i++) {
            partitions.add(new HashMap<>());
        }
    }

    int partitionCount() {
        return partitions.size();
    }

    /** Takes a record; a null value deletes. */
    void take(int partition, byte[] key, byte @Nullable [] value) {
        String text = new String(key, StandardCharsets.UTF_8);
        if (value == null) {
            partitions.get(partition).remove(text);
        } else {
            partitions.get(partition).put(text, value);
        }
    }

    /** Forgets what a partition holds, because it has to be read anew. */
    void forget(int partition) {
        partitions.set(partition, new HashMap<>());
    }

    byte @Nullable [] get(int partition, String key) {
        return partitions.get(partition).get(key);
    }

    /** Every key and value, in no order; for work that several cores share while nothing is taken. */
    Stream<Map.Entry<String, byte[]>> parallel() {
        List<Map.Entry<String, byte[]>> entries = new ArrayList<>(size());
        partitions.forEach(partition -> entries.addAll(partition.entrySet()));
        return entries.parallelStream();
    }

    /** Every key and value, in no order. */
    void forEach(BiConsumer<String, byte[]> taker) {
        partitions.forEach(partition -> partition.forEach(taker));
    }

    /** Every value of one partition, in no order. */
    Collection<byte[]> values(int partition) {
        return partitions.get(partition).values();
    }

    /** The values of one key in all partitions that have it. */
    List<byte[]> all(String key) {
        List<byte[]> values = new ArrayList<>();
        for (Map<String, byte[]> partition : partitions) {
            byte[] value = partition.get(key);
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    int size() {
        return partitions.stream().mapToInt(Map::size).sum();
    }
}
