package dev.millrace.streams;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateRestoreListener;

/**
 * Counts the records that were read from the changelogs of partitions before those could go on, and how long it took. What a standby read
 * beforehand is not among them, so they say whether a partition was taken over warm. Thread-safe.
 */
final class RestoredRecords implements StateRestoreListener {
    private final Map<Integer, Reading> reading = new HashMap<>();
    private final Map<Integer, Restoration> last = new HashMap<>();

    /** What is being read of a partition. */
    private static final class Reading {
        final long beganNanos = System.nanoTime();
        long records;
    }

    @Override
    public synchronized void onRestoreStart(
            TopicPartition changelog, String store, long startingOffset, long endingOffset) {
        reading.putIfAbsent(changelog.partition(), new Reading());
    }

    @Override
    public synchronized void onBatchRestored(
            TopicPartition changelog, String store, long batchEndOffset, long records) {
        Reading partition = reading.get(changelog.partition());
        if (partition != null) {
            partition.records += records;
        }
    }

    @Override
    public void onRestoreEnd(TopicPartition changelog, String store, long total) {}

    @Override
    public synchronized void onRestoreSuspended(TopicPartition changelog, String store, long total) {
        reading.remove(changelog.partition());
    }

    /**
     * A partition goes on.
     *
     * @param stored how many records are stored
     */
    synchronized Restoration ready(int partition, long stored) {
        Reading read = reading.remove(partition);
        Restoration restoration = read == null
                ? new Restoration(0, stored, Duration.ZERO)
                : new Restoration(read.records, stored, Duration.ofNanos(System.nanoTime() - read.beganNanos));
        last.put(partition, restoration);
        return restoration;
    }

    /** What was done before the partition went on here the last time; empty if it never did. */
    synchronized Optional<Restoration> last(int partition) {
        return Optional.ofNullable(last.get(partition));
    }
}
