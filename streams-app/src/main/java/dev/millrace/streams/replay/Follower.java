package dev.millrace.streams.replay;

import dev.millrace.contract.JournalBlock;
import dev.millrace.core.Shard;
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

    /** A partition, and of which moment the last snapshot of it is. */
    private static final class Followed {
        final PartitionPass pass;
        Instant lastWritten;
        long inputsWritten;

        Followed(PartitionPass pass) {
            this.pass = pass;
            lastWritten = pass.replay().wall();
            inputsWritten = pass.replay().inputs();
        }

        /** A clock that was set back does not put the next one off. */
        boolean isDue(Duration interval) {
            Instant wall = pass.replay().wall();
            return wall.isBefore(lastWritten) || !wall.isBefore(lastWritten.plus(interval));
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
                requireOurs(followed, block.get());
                if (!followed.pass.replay().replay(block.get())) {
                    break;
                }
                blocks++;
                if (followed.isDue(settings.interval())) {
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

    /** At a block that a newer version has decided this one has to end; from the snapshot of that moment on, the newer one's can follow. */
    private void requireOurs(Followed followed, JournalBlock block) throws IOException {
        if (block.getBehaviour() <= Shard.BEHAVIOUR) {
            return;
        }
        writeIfNew(followed);
        throw new ReplayFailedException(
                block.getPartition(),
                "block " + block.getNumber() + " was decided by behaviour " + block.getBehaviour()
                        + " of a newer version, and this is behaviour " + Shard.BEHAVIOUR
                        + "; a snapshot of the moment before was written, from which that version can follow");
    }

    /** Writes a snapshot of each partition of which something was replayed since the last. */
    public void writeAll() throws IOException {
        for (Followed followed : partitions) {
            writeIfNew(followed);
        }
    }

    private void writeIfNew(Followed followed) throws IOException {
        if (followed.pass.replay().inputs() > followed.inputsWritten) {
            write(followed);
        }
    }

    private void write(Followed followed) throws IOException {
        SnapshotFile file =
                snapshots.write(followed.pass.start(), followed.pass.replay().wall());
        followed.lastWritten = file.wall();
        followed.inputsWritten = file.inputs();
        snapshots.keep(file.partition(), settings.keep());
        written.accept(file);
    }

    @Override
    public void close() {
        partitions.forEach(followed -> followed.pass.close());
    }
}
