package dev.millrace.streams.engine;

import dev.millrace.schemas.Store;
import java.nio.charset.StandardCharsets;
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

    private long value;

    long value() {
        return value;
    }

    /** Counts a record that is there. */
    void add(Store store, byte[] key, byte[] bytes) {
        value += number(store, key, bytes);
    }

    /** Counts what is stored from now on instead of what was. */
    void replace(Store store, byte[] key, byte @Nullable [] before, byte @Nullable [] after) {
        if (before != null) {
            value -= number(store, key, before);
        }
        if (after != null) {
            add(store, key, after);
        }
    }

    private static long number(Store store, byte[] key, byte[] bytes) {
        RollingChecksum one = new RollingChecksum(0);
        one.add(STREAMS[store.ordinal()], 0, key, bytes);
        return one.value();
    }
}
