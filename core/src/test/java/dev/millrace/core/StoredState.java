package dev.millrace.core;

import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;

/** Keeps stored records as the stores do, as bytes, so that a shard can be rebuilt from them. */
final class StoredState {
    private final RecordCodec codec = new RecordCodec();
    private final Random order = new Random(1);
    private final Map<Store, TreeMap<String, byte[]>> stores = new EnumMap<>(Store.class);

    StoredState() {
        for (Store store : Store.values()) {
            stores.put(store, new TreeMap<>());
        }
    }

    /** Another one that goes its own way from here. */
    StoredState copy() {
        StoredState copy = new StoredState();
        stores.forEach((store, records) -> copy.stores.get(store).putAll(records));
        return copy;
    }

    void apply(Outbox out) {
        for (Change change : out.changes()) {
            if (change.value() == null) {
                stores.get(change.store()).remove(change.key());
            } else {
                stores.get(change.store()).put(change.key(), codec.encode(change.value()));
            }
        }
    }

    Shard restore(int partition, int partitions) {
        return restore(new Shard(partition, partitions));
    }

    /** Fills an empty shard: in an order that is another one each time, as that of stores is, and the same in each run. */
    Shard restore(Shard shard) {
        List<Map.Entry<Store, byte[]>> all = new ArrayList<>();
        stores.forEach((store, records) -> records.values().forEach(bytes -> all.add(Map.entry(store, bytes))));
        Collections.shuffle(all, order);
        all.forEach(record -> shard.restore(record.getKey(), decode(record.getValue())));
        shard.restored();
        return shard;
    }

    int size(Store store) {
        return stores.get(store).size();
    }

    SpecificRecord get(Store store, String key) {
        byte[] bytes = stores.get(store).get(key);
        return bytes == null ? null : decode(bytes);
    }

    private SpecificRecord decode(byte[] bytes) {
        Decoded decoded = codec.decode(bytes);
        if (decoded instanceof Decoded.Value value) {
            return value.record();
        }
        throw new AssertionError("a stored record does not decode: " + decoded);
    }
}
