package dev.millrace.streams.replay;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Reads one partition of a topic, up to the end that it had at first or was moved on to, through a read_committed consumer of its own.
 * Mutable; owned by one thread.
 */
final class TopicCursor implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(500);
    /** The broker has said that there is more; if nothing comes for so long, something is wrong with it. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Consumer<byte[], byte[]> consumer;
    private final TopicPartition partition;
    private long begin;
    private long end;
    /** What was fetched and not yet returned: all that is visible from {@link #position} on, as far as it was fetched. */
    private final ArrayDeque<ConsumerRecord<byte[], byte[]>> fetched = new ArrayDeque<>();

    private long position;

    /** Takes the consumer over, and closes it with the cursor, or at once if there is to be none. */
    TopicCursor(Consumer<byte[], byte[]> consumer, TopicPartition partition) {
        this.consumer = consumer;
        this.partition = partition;
        Set<TopicPartition> assigned = Set.of(partition);
        try {
            consumer.assign(assigned);
            begin = consumer.beginningOffsets(assigned).getOrDefault(partition, 0L);
            end = consumer.endOffsets(assigned).getOrDefault(partition, 0L);
            seek(begin);
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    /**
     * The record after the one that was returned last, or the first; empty at the end.
     *
     * @throws OffsetOutOfRangeException if it was removed meanwhile
     */
    Optional<ConsumerRecord<byte[], byte[]>> next() {
        return next(position);
    }

    /**
     * The first record at or after that offset; empty if there is none before the end.
     *
     * @throws OffsetOutOfRangeException if it was removed meanwhile
     */
    Optional<ConsumerRecord<byte[], byte[]>> next(long offset) {
        while (!fetched.isEmpty() && fetched.getFirst().offset() < offset) {
            fetched.removeFirst();
        }
        if (offset < position) {
            // A topic that was made anew begins anew as well.
            beginAnew();
            seek(Math.max(offset, begin));
        } else if (fetched.isEmpty() && consumer.position(partition) < offset) {
            seek(Math.max(offset, begin));
        }
        if (fetched.isEmpty()) {
            fetch();
        }
        ConsumerRecord<byte[], byte[]> record = fetched.pollFirst();
        position = record == null ? Math.max(position, offset) : record.offset() + 1;
        return Optional.ofNullable(record);
    }

    /** The offset of the first record, as it was when it was looked up last. */
    long begin() {
        return begin;
    }

    /** The end up to which it reads. */
    long end() {
        return end;
    }

    /** Goes back to the first record. */
    void seekToBegin() {
        seek(begin);
    }

    /** Goes to the first record that is not older; to the end if there is none. */
    void seekTo(Instant time) {
        OffsetAndTimestamp found = consumer.offsetsForTimes(Map.of(partition, Math.max(0, time.toEpochMilli())))
                .get(partition);
        seek(found == null ? end : found.offset());
    }

    /** Looks up anew where the topic begins and ends, and goes to its beginning. */
    void beginAnew() {
        begin = consumer.beginningOffsets(Set.of(partition)).getOrDefault(partition, begin);
        readOn();
        seek(begin);
    }

    /** Moves the end on to where it is now. */
    void readOn() {
        end = consumer.endOffsets(Set.of(partition)).getOrDefault(partition, end);
    }

    private void seek(long offset) {
        fetched.clear();
        consumer.seek(partition, offset);
        position = offset;
    }

    private void fetch() {
        long fetchedFrom = consumer.position(partition);
        long waitedSinceNanos = System.nanoTime();
        while (fetched.isEmpty() && consumer.position(partition) < end) {
            consumer.poll(POLL).records(partition).forEach(fetched::add);
            long reached = consumer.position(partition);
            if (reached > fetchedFrom) {
                fetchedFrom = reached;
                waitedSinceNanos = System.nanoTime();
            } else if (System.nanoTime() - waitedSinceNanos > PATIENCE.toNanos()) {
                throw new TimeoutException("no record of " + partition + " came from offset " + reached + " on within "
                        + PATIENCE.toSeconds() + " s, and its end is " + end);
            }
        }
    }

    @Override
    public void close() {
        // Saying goodbye would wait behind the fetch that the broker holds back.
        consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
}
