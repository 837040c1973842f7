package dev.millrace.streams.replay;

import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Store;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.state.SavedPartition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads one partition's journal: what lies on the journal topic, and then the open block, which lies in the changelog of the partition's own
 * record. The scheduler may write on meanwhile. Mutable; owned by one thread.
 */
final class JournalReader implements AutoCloseable {
    /** Blocks may be stamped a little before the wall clock of the one before them. */
    private static final Duration MARGIN = Duration.ofMinutes(5);

    private final RecordCodec codec = new RecordCodec();
    private final TopicCursor journal;
    private @Nullable JournalBlock peeked;

    JournalReader(Topics topics, int partition, Supplier<Consumer<byte[], byte[]>> consumers) {
        journal = new TopicCursor(consumers.get(), new TopicPartition(topics.name(Topic.JOURNAL), partition));
    }

    /**
     * The number of the first block that is still there; empty if there is none.
     *
     * @throws OffsetOutOfRangeException if it was removed meanwhile
     */
    Optional<Long> firstBlock() {
        Optional<JournalBlock> first = journal.next(journal.begin()).map(record -> decode(record, JournalBlock.class));
        peeked = first.orElse(null);
        return first.map(JournalBlock::getNumber);
    }

    /**
     * Goes to where some state was stored; the next {@link #next} returns the first block after it, or the one in the middle of which it was.
     *
     * @param open the block that was open then
     * @param openNow the one that is open now; empty = it is not known
     * @return false if the journal does not go on from that state, which then is another cluster's, or a former one's
     */
    boolean goOnFrom(JournalBlock open, Optional<JournalBlock> openNow, Instant wall) {
        long number = open.getNumber();
        seek(Math.max(0, number - 1), wall);
        if (peeked != null && peeked.getNumber() == number - 1) {
            boolean follows = peeked.getChecksumAfter() == open.getChecksumBefore();
            peeked = null;
            return follows;
        }
        JournalBlock here = peeked == null ? openNow.orElse(null) : peeked;
        return here != null && here.getNumber() == number && here.getChecksumBefore() == open.getChecksumBefore();
    }

    /** Goes to the block of that number, or to the first one after it; the next {@link #next} returns it. */
    private void seek(long number, Instant wall) {
        journal.seekTo(wall.minus(MARGIN));
        peeked = null;
        skipTo(number);
        if (peeked == null || peeked.getNumber() > number) {
            // A clock that was set back may have stamped it earlier.
            journal.seekToBegin();
            skipTo(number);
        }
    }

    private void skipTo(long number) {
        Optional<JournalBlock> block = read();
        while (block.isPresent() && block.get().getNumber() < number) {
            block = read();
        }
        peeked = block.orElse(null);
    }

    /** The next block on the journal topic; empty at its end as it was when this was made, or moved on to last. */
    Optional<JournalBlock> next() {
        if (peeked != null) {
            JournalBlock block = peeked;
            peeked = null;
            return Optional.of(block);
        }
        return read();
    }

    /** Looks up anew where the journal begins. */
    void beginAnew() {
        journal.beginAnew();
    }

    /** Moves the end on to where it is now. */
    void readOn() {
        journal.readOn();
    }

    private Optional<JournalBlock> read() {
        return journal.next().map(record -> decode(record, JournalBlock.class));
    }

    /**
     * The open block, as it was committed last; empty if the scheduler has never run. To miss none, ask for it before the journal's end is
     * looked up: by the time that the journal is read, it may have been closed and lie there, but not the reverse.
     */
    static Optional<JournalBlock> openBlock(
            Topics topics, int partition, Supplier<Consumer<byte[], byte[]>> consumers) {
        String topic = topics.changelog(Store.PARTITION);
        try (Consumer<byte[], byte[]> consumer = consumers.get()) {
            if (partitions(consumer, topic) == 0) {
                return Optional.empty();
            }
        }
        try (TopicCursor changelog = new TopicCursor(consumers.get(), new TopicPartition(topic, partition))) {
            Optional<ConsumerRecord<byte[], byte[]>> last = Optional.empty();
            Optional<ConsumerRecord<byte[], byte[]>> record = changelog.next();
            while (record.isPresent()) {
                last = record;
                record = changelog.next();
            }
            return last.filter(saved -> saved.value() != null)
                    .map(saved -> decode(new RecordCodec(), saved, SavedPartition.class)
                            .getOpenBlock());
        }
    }

    /** How many partitions a topic has; 0 = there is no such topic. */
    static int partitions(Consumer<byte[], byte[]> consumer, String topic) {
        List<PartitionInfo> infos = consumer.partitionsFor(topic);
        return infos == null ? 0 : infos.size();
    }

    private <T> T decode(ConsumerRecord<byte[], byte[]> record, Class<T> type) {
        return decode(codec, record, type);
    }

    private static <T> T decode(RecordCodec codec, ConsumerRecord<byte[], byte[]> record, Class<T> type) {
        Decoded decoded = codec.decode(record.value());
        if (decoded instanceof Decoded.Value value && type.isInstance(value.record())) {
            return type.cast(value.record());
        }
        throw new IllegalStateException(record.topic() + "/" + record.partition() + "/" + record.offset() + " is no "
                + type.getSimpleName() + ": " + decoded);
    }

    @Override
    public void close() {
        journal.close();
    }
}
