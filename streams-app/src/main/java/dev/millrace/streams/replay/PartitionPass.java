package dev.millrace.streams.replay;

import dev.millrace.contract.JournalBlock;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import dev.millrace.streams.engine.RawRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One partition's replay with all that it reads from a cluster. Mutable; owned by one thread. */
final class PartitionPass implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PartitionPass.class);

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
     * @throws UncheckedIOException if the snapshots can't be read, or the journal goes on from none of them
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
            start = start(snapshots, range, beginning);
            replay = new PartitionReplay(start, inputs, watcher);
        } catch (IOException e) {
            close();
            throw new UncheckedIOException("cannot begin at a snapshot: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** The state to begin with, after which the journal is gone on with: a snapshot's, or that of the beginning, whose blocks may be gone. */
    private ReplayStart start(Optional<Snapshots> snapshots, ReplayRange range, ReplayStart beginning)
            throws IOException {
        long firstBlock =
                firstBlock().or(() -> open.map(JournalBlock::getNumber)).orElse(0L);
        List<Path> unfit = new ArrayList<>();
        for (SnapshotFile file :
                snapshots.isEmpty() ? List.<SnapshotFile>of() : files(snapshots.get(), range, firstBlock)) {
            ReplayStart read;
            try {
                read = file.read();
            } catch (IOException e) {
                log.warn("a snapshot is passed over: {}", e.getMessage());
                continue;
            }
            JournalBlock then = read.state().openBlock().orElseThrow();
            if (file.partitions() == beginning.partitions() && journal.goOnFrom(then, open, file.wall())) {
                return read.where(beginning.topicIds());
            }
            log.warn("a snapshot is passed over, for the journal does not go on from it: {}", file.path());
            unfit.add(file.path());
        }
        if (!unfit.isEmpty()) {
            throw new IOException("the journal does not go on from " + unfit.get(0)
                    + (unfit.size() > 1 ? " or any of " + (unfit.size() - 1) + " others" : "")
                    + ": it is of another cluster, or of one that was made anew since, or the journal has lost its end;"
                    + " to do without, move what is no good away");
        }
        return beginning;
    }

    private Optional<Long> firstBlock() {
        while (true) {
            try {
                return journal.firstBlock();
            } catch (OffsetOutOfRangeException e) {
                // Retention was quicker; it does not go on for ever.
                journal.beginAnew();
            }
        }
    }

    /** The snapshots to begin with, the most wanted first; none = the beginning is wanted. */
    private List<SnapshotFile> files(Snapshots snapshots, ReplayRange range, long firstBlock) throws IOException {
        if (range.from().isEmpty() && firstBlock == 0) {
            return List.of();
        }
        List<SnapshotFile> files = snapshots.of(partition).stream()
                .filter(file -> file.block() >= firstBlock)
                .filter(file -> range.from().isEmpty()
                        || !file.wall().isAfter(range.from().get()))
                .collect(Collectors.toCollection(ArrayList::new));
        if (range.from().isPresent()) {
            Collections.reverse(files);
        }
        return files;
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
