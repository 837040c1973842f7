package dev.millrace.streams.engine;

import dev.millrace.schemas.Store;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One number over all records that a partition has stored, whatever their order, without the one that keeps the number itself. It is kept with
 * every change, and made anew from what is restored: if both are equal, what is restored is what was stored, each record of it and nothing else.
 * A record that is missing, left over or of another time makes them differ. Mutable; owned by the engine.
 */
final class StoredSum {
    private static final int[] STREAMS = Stream.of(Store.values())
            .mapToInt(s -> RollingChecksum.stream(("stored in " + s.storeName()).getBytes(StandardCharsets.UTF_8)))
            .toArray();

    private final StoredRecords stored;
    /** What the step has changed so far, which is not stored yet. */
    private Map<Place, Optional<byte[]>> changed = new HashMap<>();

    private long value;

    /** Where a record is stored. */
    private record Place(Store store, ByteBuffer key) {}

    /** @param stored what is stored as of the last step */
    StoredSum(StoredRecords stored) {
        this.stored = stored;
    }

    /** The sum over records that are all there. */
    static long of(StoredState state) {
        StoredSum sum = new StoredSum(state);
        state.forEach((store, key, value) -> {
            if (store != Store.PARTITION) {
                sum.add(number(store, key, value));
            }
        });
        return sum.value();
    }

    long value() {
        return value;
    }

    /** Counts a record that is there, by its {@link #number}. */
    void add(long number) {
        value += number;
    }

    /** Begins a step: what the one before it has changed is stored. */
    void beginStep() {
        // One that had to grow for a large step would be slow to clear ever after.
        changed = new HashMap<>();
    }

    /** Counts what the step stores instead of what was stored, or of what the same step was to store. */
    void change(Store store, byte[] key, byte @Nullable [] after) {
        Place place = new Place(store, ByteBuffer.wrap(key));
        Optional<byte[]> pending = changed.put(place, Optional.ofNullable(after));
        byte[] before = pending == null ? stored.get(store, key) : pending.orElse(null);
        if (before != null) {
            value -= number(store, key, before);
        }
        if (after != null) {
            value += number(store, key, after);
        }
    }

    /** A record's part of the sum. */
    static long number(Store store, byte[] key, byte[] bytes) {
        RollingChecksum one = new RollingChecksum(0);
        one.add(STREAMS[store.ordinal()], 0, key, bytes);
        return one.value();
    }
}
