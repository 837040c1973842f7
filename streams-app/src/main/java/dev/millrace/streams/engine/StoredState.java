package dev.millrace.streams.engine;

import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.state.SavedPartition;
import dev.millrace.state.SavedPosition;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All that one partition has stored, as bytes. Mutable; owned by one thread. */
public final class StoredState implements StoredRecords {
    private static final byte[] PARTITION_KEY = PartitionEngine.PARTITION_KEY.getBytes(StandardCharsets.UTF_8);

    private final EnumMap<Store, Map<Key, byte[]>> stores = new EnumMap<>(Store.class);

    /** Takes every record in turn. */
    @FunctionalInterface
    public interface Taker {
        void take(Store store, byte[] key, byte[] value);
    }

    /** Bytes that are compared by what they are. */
    private static final class Key {
        final byte[] bytes;
        private final int hash;

        Key(byte[] bytes) {
            this.bytes = bytes;
            hash = Arrays.hashCode(bytes);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && Arrays.equals(bytes, key.bytes);
        }
    }

    public StoredState() {
        for (Store store : Store.values()) {
            stores.put(store, new HashMap<>());
        }
    }

    /** Stores what a step has changed. */
    public void apply(Step step) {
        for (Stored change : step.changes()) {
            put(change.store(), change.key(), change.value());
        }
    }

    /** Stores a record; a null value deletes. */
    public void put(Store store, byte[] key, byte @Nullable [] value) {
        if (value == null) {
            map(store).remove(new Key(key));
        } else {
            map(store).put(new Key(key), value);
        }
    }

    @Override
    public byte @Nullable [] get(Store store, byte[] key) {
        return map(store).get(new Key(key));
    }

    /** Hands over every record: the stores in their order, the records of each in none. */
    public void forEach(Taker taker) {
        stores.forEach((store, records) -> records.forEach((key, value) -> taker.take(store, key.bytes, value)));
    }

    /** Hands over all records as {@link #forEach} does, many at a time. */
    void forEachPortion(Consumer<List<Stored>> taker) {
        StoredPortion portion = new StoredPortion(taker);
        forEach((store, key, value) -> portion.add(new Stored(store, key, value)));
        portion.end();
    }

    /** A copy that goes its own way. */
    public StoredState copy() {
        StoredState copy = new StoredState();
        forEach(copy::put);
        return copy;
    }

    /** How many records there are. */
    public long size() {
        return stores.values().stream().mapToLong(Map::size).sum();
    }

    /**
     * The shell's own record: the positions and the open block; empty if nothing was ever taken.
     *
     * @throws IllegalStateException if the bytes are no such record
     */
    public Optional<SavedPartition> partition() {
        byte[] value = get(Store.PARTITION, PARTITION_KEY);
        if (value == null) {
            return Optional.empty();
        }
        Decoded decoded = new RecordCodec().decode(value);
        if (decoded instanceof Decoded.Value known && known.record() instanceof SavedPartition saved) {
            return Optional.of(saved);
        }
        throw new IllegalStateException("the partition's own record cannot be read: " + decoded);
    }

    /** The open block; empty if nothing was ever taken. */
    public Optional<JournalBlock> openBlock() {
        return partition().map(SavedPartition::getOpenBlock);
    }

    /** Stores another open block with the positions that are stored; nothing if nothing was ever taken. */
    public void saveOpenBlock(JournalBlock open) {
        partition().ifPresent(saved -> save(new SavedPartition(saved.getPositions(), open, saved.getSum())));
    }

    /** The highest offset taken of each inbound topic; those are missing of which nothing was taken. */
    public Map<Topic, Long> positions() {
        Map<Topic, Long> positions = new EnumMap<>(Topic.class);
        partition()
                .ifPresent(saved -> saved.getPositions()
                        .forEach(position -> Topic.named(position.getTopic())
                                .ifPresent(topic -> positions.put(topic, position.getOffset()))));
        return positions;
    }

    /** Stores the positions under the ids that the topics have now. */
    public void savePositions(Map<Topic, String> ids) {
        replacePositions(saved -> Optional.of(new SavedPosition(
                saved.getTopic(),
                Topic.named(saved.getTopic()).map(ids::get).orElse(saved.getTopicId()),
                saved.getOffset())));
    }

    /** Stores all positions but some; false if there were none of those. */
    public boolean forgetPositions(Predicate<SavedPosition> forgotten) {
        if (partition().stream().flatMap(saved -> saved.getPositions().stream()).noneMatch(forgotten)) {
            return false;
        }
        replacePositions(saved -> Optional.of(saved).filter(forgotten.negate()));
        return true;
    }

    /** Stores the sum over all records as they are; nothing if nothing was ever taken. */
    public void saveSum() {
        partition()
                .ifPresent(saved ->
                        save(new SavedPartition(saved.getPositions(), saved.getOpenBlock(), StoredSum.of(this))));
    }

    private void replacePositions(Function<SavedPosition, Optional<SavedPosition>> by) {
        partition()
                .ifPresent(saved -> save(new SavedPartition(
                        saved.getPositions().stream()
                                .flatMap(p -> by.apply(p).stream())
                                .toList(),
                        saved.getOpenBlock(),
                        saved.getSum())));
    }

    private void save(SavedPartition saved) {
        put(Store.PARTITION, PARTITION_KEY, new RecordCodec().encode(saved));
    }

    /** How many records are here or there and not the same in both. */
    public long differences(StoredState other) {
        long[] count = {0};
        forEach((store, key, value) -> count[0] += Arrays.equals(value, other.get(store, key)) ? 0 : 1);
        other.forEach((store, key, value) -> count[0] += get(store, key) == null ? 1 : 0);
        return count[0];
    }

    private Map<Key, byte[]> map(Store store) {
        return Objects.requireNonNull(stores.get(store));
    }
}
