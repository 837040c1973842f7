package dev.millrace.streams.replay;

import dev.millrace.contract.JournalBlock;
import dev.millrace.streams.replay.ReplayResult.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Follows a cluster's journal, replays it as it grows, and writes snapshots now and then, so that replays need not begin at the beginning of
 * time. Since it compares each block with what the scheduler put out, it is a running audit as well. Goes on from the newest snapshots when it
 * is started again. Mutable; owned by one thread.
 */
public final class Follower implements AutoCloseable {
    private final Snapshots snapshots;
    private final Settings settings;
    private final Consumer<SnapshotFile> written;
    private final List<Followed> partitions = new ArrayList<>();

    /**
     * How it writes snapshots.
     *
     * @param interval how much of a partition's wall clock passes from one to the next
     * @param keep how many of each partition are kept, at least 1
     */
    public record Settings(Duration interval, int keep) {
        public Settings {
            if (interval.isNegative() || keep < 1) {
                throw new IllegalArgumentException("an interval of " + interval + " and " + keep + " to keep");
            }
        }
    }

    /** A partition, and when a snapshot of it was written last. */
    private static final class Followed {
        final PartitionPass pass;
        Instant lastWritten;

        Followed(PartitionPass pass) {
            this.pass = pass;
            lastWritten = pass.replay().wall();
        }
    }

    /** @param written is told of each snapshot that was written */
    Follower(List<PartitionPass> passes, Snapshots snapshots, Settings settings, Consumer<SnapshotFile> written) {
        this.snapshots = snapshots;
        this.settings = settings;
        this.written = written;
        passes.forEach(pass -> partitions.add(new Followed(pass)));
    }

    /**
     * Replays all blocks that were closed by now, and writes the snapshots that are due.
     *
     * @return how many blocks there were
     * @throws ReplayFailedException if something does not come out as it was, or is no longer there
     * @throws IOException if a snapshot can't be written
     */
    public long followOn() throws IOException {
        long blocks = 0;
        for (Followed followed : partitions) {
            followed.pass.readOn();
            Optional<JournalBlock> block = followed.pass.nextClosed();
            while (block.isPresent()) {
                if (!followed.pass.replay().replay(block.get())) {
                    break;
                }
                blocks++;
                if (!followed.pass.replay().wall().isBefore(followed.lastWritten.plus(settings.interval()))) {
                    write(followed);
                }
                block = followed.pass.nextClosed();
            }
            ReplayResult.PartitionResult result = followed.pass.replay().result();
            if (result.outcome() != Outcome.VERIFIED) {
                throw new ReplayFailedException(result);
            }
        }
        return blocks;
    }

    /** Writes a snapshot of each partition of which something was replayed since the last. */
    public void writeAll() throws IOException {
        for (Followed followed : partitions) {
            if (followed.pass.replay().wall().isAfter(followed.lastWritten)) {
                write(followed);
            }
        }
    }

    private void write(Followed followed) throws IOException {
        SnapshotFile file =
                snapshots.write(followed.pass.start(), followed.pass.replay().wall());
        followed.lastWritten = file.wall();
        snapshots.keep(file.partition(), settings.keep());
        written.accept(file);
    }

    @Override
    public void close() {
        partitions.forEach(followed -> followed.pass.close());
    }
}
