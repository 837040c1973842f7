package dev.millrace.client;

import dev.millrace.schemas.Store;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the stores held at some moment. Mutable until it is full; after that any thread may look. */
final class FrozenContents implements StoreContents {
    private final Map<Store, Changelog> stores = new EnumMap<>(Store.class);

    FrozenContents(int partitions) {
        for (Store store : Store.values()) {
            stores.put(store, new Changelog(partitions));
        }
    }

    void take(Store store, int partition, byte[] key, byte @Nullable [] value) {
        changelog(store).take(partition, key, value);
    }

    @Override
    public boolean exists() {
        return true;
    }

    @Override
    public Changelog changelog(Store store) {
        return Objects.requireNonNull(stores.get(store));
    }

    @Override
    public void readOn(Duration timeout) {
        // Nothing more comes.
    }

    @Override
    public long recordsBehind() {
        return 0;
    }

    @Override
    public void close() {
        // There is nothing to let go.
    }
}
