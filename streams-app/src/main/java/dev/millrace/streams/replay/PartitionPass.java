package dev.millrace.streams.replay;

import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.RawRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.jspecify.annotations.Nullable;

/** One partition's replay with all that it reads from a cluster. Mutable; owned by one thread. */
final class PartitionPass implements AutoCloseable {
    private final int partition;
    private final JournalReader journal;
    private final Inputs inputs;
    private final ReplayStart start;
    private final PartitionReplay replay;
    private final Optional<JournalBlock> open;

    /** The inputs, each of which is also written into a slice while there is one. */
    private static final class Inputs implements InputLog {
        private final InputLog read;
        private Slice.@Nullable Writer slice;

        Inputs(InputLog read) {
            this.read = read;
        }

        @Override
        public Optional<RawRecord> next(Topic topic, long offset) {
            Optional<RawRecord> next = read.next(topic, offset);
            if (slice != null && next.isPresent()) {
                try {
                    slice.input(next.get());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return next;
        }

        @Override
        public void close() {
            read.close();
        }
    }

    /**
     * @param open the open block; to miss none, it has to be looked up before this is made
     * @param beginning the partition before its first input
     * @param range of which only the beginning counts here: it says which snapshot is begun with
     * @throws UncheckedIOException if a snapshot can't be read
     */
    PartitionPass(
            Topics topics,
            Supplier<Consumer<byte[], byte[]>> consumers,
            Optional<Snapshots> snapshots,
            Optional<JournalBlock> open,
            ReplayStart beginning,
            ReplayRange range,
            ReplayWatcher watcher) {
        partition = beginning.partition();
        this.open = open;
        journal = new JournalReader(topics, partition, consumers);
        inputs = new Inputs(new KafkaInputLog(partition, topics, consumers));
        try {
            long firstBlock = journal.firstBlock()
                    .or(() -> open.map(JournalBlock::getNumber))
                    .orElse(0L);
            Optional<SnapshotFile> snapshot =
                    snapshots.isEmpty() ? Optional.empty() : snapshot(snapshots.get(), range, firstBlock);
            start = snapshot.isPresent() ? snapshot.get().read() : beginning;
            replay = new PartitionReplay(start, inputs, watcher);
            snapshot.ifPresent(file -> journal.seek(file.block(), file.wall()));
        } catch (IOException e) {
            close();
            throw new UncheckedIOException("cannot read the snapshots: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** The snapshot to begin with; empty = the beginning, whose blocks may be gone. */
    private Optional<SnapshotFile> snapshot(Snapshots snapshots, ReplayRange range, long firstBlock)
            throws IOException {
        if (range.from().isEmpty()) {
            return firstBlock == 0 ? Optional.empty() : snapshots.oldest(partition, file -> file.block() >= firstBlock);
        }
        Instant from = range.from().get();
        return snapshots.newest(
                partition, file -> file.block() >= firstBlock && !file.wall().isAfter(from));
    }

    PartitionReplay replay() {
        return replay;
    }

    /** Where it began; what is stored goes on with the replay. */
    ReplayStart start() {
        return start;
    }

    /** The open block as it was committed last; empty if it is not known. */
    Optional<JournalBlock> open() {
        return open;
    }

    /** The first input of a topic at or after an offset. */
    Optional<RawRecord> input(Topic topic, long offset) {
        return inputs.next(topic, offset);
    }

    /** From now on each input is also written into a slice. */
    void writeInputsTo(Slice.Writer slice) {
        inputs.slice = slice;
    }

    /** The next block, the open one at last; empty after that. */
    Optional<JournalBlock> next() {
        Optional<JournalBlock> block = nextClosed();
        return block.isPresent() ? block : open.filter(last -> last.getNumber() >= replay.nextBlock());
    }

    /** The next block that is closed; empty after the last. */
    Optional<JournalBlock> nextClosed() {
        try {
            return journal.next();
        } catch (OffsetOutOfRangeException e) {
            replay.incomplete("blocks of the journal were removed by retention while they were read");
            return Optional.empty();
        }
    }

    /** Goes on to the blocks that were closed by now. */
    void readOn() {
        journal.readOn();
    }

    @Override
    public void close() {
        inputs.close();
        journal.close();
    }
}
