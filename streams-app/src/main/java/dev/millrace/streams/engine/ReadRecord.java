package dev.millrace.streams.engine;

import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * What was read of a stored record.
 *
 * @param store the store
 * @param decoded what its bytes were
 * @param number its part of the sum over all that is stored
 */
record ReadRecord(Store store, Decoded decoded, long number) {
    /** So many records are read one after the other. */
    private static final int PORTION = 2_000;

    /**
     * Reads all of them, on all processors: of a large state it takes most of the time in which nothing is decided. They stay in their
     * order.
     */
    static List<ReadRecord> all(List<Stored> records) {
        return IntStream.range(0, (records.size() + PORTION - 1) / PORTION)
                .parallel()
                .mapToObj(i -> portion(records.subList(i * PORTION, Math.min((i + 1) * PORTION, records.size()))))
                .flatMap(List::stream)
                .toList();
    }

    private static List<ReadRecord> portion(List<Stored> records) {
        // Each thread needs one of its own.
        RecordCodec codec = new RecordCodec();
        return records.stream().map(record -> of(record, codec)).toList();
    }

    private static ReadRecord of(Stored record, RecordCodec codec) {
        byte[] value = Objects.requireNonNull(record.value());
        return new ReadRecord(
                record.store(), codec.decode(value), StoredSum.number(record.store(), record.key(), value));
    }
}
