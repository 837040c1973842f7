package dev.millrace.streams;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateRestoreListener;

/**
 * Counts the records that were read from the changelogs of partitions before those could go on. What a standby read beforehand is not among
 * them, so they say whether a partition was taken over warm. Thread-safe.
 */
final class RestoredRecords implements StateRestoreListener {
    private final Map<Integer, Long> reading = new ConcurrentHashMap<>();
    private final Map<Integer, Long> atLast = new ConcurrentHashMap<>();

    @Override
    public void onRestoreStart(TopicPartition changelog, String store, long startingOffset, long endingOffset) {}

    @Override
    public void onBatchRestored(TopicPartition changelog, String store, long batchEndOffset, long records) {
        reading.merge(changelog.partition(), records, Long::sum);
    }

    @Override
    public void onRestoreEnd(TopicPartition changelog, String store, long total) {}

    /** A partition goes on: how many records had to be read for that. */
    long ready(int partition) {
        Long records = reading.remove(partition);
        atLast.put(partition, records == null ? 0 : records);
        return atLast(partition);
    }

    /** How many records had to be read before the partition went on here the last time; -1 if it never did. */
    long atLast(int partition) {
        return atLast.getOrDefault(partition, -1L);
    }
}
