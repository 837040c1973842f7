package dev.millrace.agent.executor;

import dev.millrace.agent.process.EarlierLaunches;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.FrameReader;
import dev.millrace.schemas.RecordCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;

/**
 * What an agent must know of an executor after a restart, in frames as on the socket:
 *
 * <pre>
 *   LaunchTask            the executor's own launch; the first record, and on the disk before there is a process
 *   RegisterExecutor      it has registered for the first time; in a journal that was rewritten it lists an attempt if there ever were tasks
 *   LaunchTask, LaunchTaskGroup   these tasks are handed over; on the disk before they are, and never again afterwards
 *   TaskReport            what is reported of a task; written before the executor's update is acknowledged
 *   UpdateAcknowledged    that report is safe in Kafka
 *   StopExecutor          it is to end
 * </pre>
 *
 * A frame that is not whole was not acted upon, and is cut off. If another version wrote what this one can't read, the file is kept aside, and the
 * journal ends before that. Mutable; owned by the executors' event loop.
 */
final class ExecutorJournal implements AutoCloseable {
    private static final FileAttribute<?> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final long LEAST_REWRITE_BYTES = 4 << 20;

    private final Path file;
    private final RecordCodec codec = new RecordCodec(new EarlierLaunches());
    private FileChannel channel;
    private long end;
    private long rewriteAtBytes = LEAST_REWRITE_BYTES;

    /**
     * A journal with all that stands in it.
     *
     * @param cut why whole records were cut off, if some were; they are in the file that was kept aside
     */
    record Opened(ExecutorJournal journal, List<SpecificRecord> records, Optional<String> cut) {}

    private ExecutorJournal(Path file, FileChannel channel, long end) {
        this.file = file;
        this.channel = channel;
        this.end = end;
    }

    /** Begins a journal, and returns when its first record is on the disk, the file's name included. */
    static ExecutorJournal create(Path file, SpecificRecord first) throws IOException {
        FileChannel channel =
                FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), PRIVATE);
        ExecutorJournal journal = new ExecutorJournal(file, channel, 0);
        journal.append(first);
        journal.force();
        forceDirectory(file);
        return journal;
    }

    /** Reads a journal, and goes on after its last whole record. */
    static Opened open(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        ExecutorJournal journal = new ExecutorJournal(file, channel, 0);
        List<SpecificRecord> records = new ArrayList<>();
        FrameReader reader = new FrameReader();
        Optional<String> cut = Optional.empty();
        try {
            for (byte[] bytes = reader.read(channel); bytes != null; bytes = reader.read(channel)) {
                Decoded decoded = journal.codec.decode(bytes);
                if (decoded instanceof Decoded.Fault fault) {
                    // Anything else that is wrong with a frame comes of a disk that had not all of it. What follows was
                    // not on the disk for
                    // certain either, so nothing was done that has to be.
                    if (fault.reason() == DeadLetterReason.UNKNOWN_SCHEMA) {
                        Files.copy(file, aside(file), StandardCopyOption.REPLACE_EXISTING);
                        cut = Optional.of(fault.detail());
                    }
                    break;
                }
                records.add(((Decoded.Value) decoded).record());
                journal.end = channel.position();
            }
        } catch (IOException e) {
            if (journal.end == channel.size()) {
                throw e;
            }
        }
        channel.truncate(journal.end);
        return new Opened(journal, records, cut);
    }

    /** Where a journal is kept that can't be read. */
    static Path aside(Path file) {
        return file.resolveSibling("unreadable-" + file.getFileName());
    }

    /** Writes a record behind the others. A failure leaves the journal as it was. */
    void append(SpecificRecord record) throws IOException {
        ByteBuffer frame = FrameReader.frame(codec.encode(record));
        long position = end;
        try {
            while (frame.hasRemaining()) {
                position += channel.write(frame, position);
            }
        } catch (IOException e) {
            channel.truncate(end);
            throw e;
        }
        end = position;
    }

    /** Returns when all that was written is on the disk. */
    void force() throws IOException {
        channel.force(false);
    }

    /** Whether it has grown so much that it should be written anew. */
    boolean isLarge() {
        return end >= rewriteAtBytes;
    }

    /** Puts these records in the place of all others. */
    void rewrite(List<SpecificRecord> records) throws IOException {
        Path fresh = fresh(file);
        Files.deleteIfExists(fresh);
        ExecutorJournal next = new ExecutorJournal(
                fresh,
                FileChannel.open(fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), PRIVATE),
                0);
        try {
            for (SpecificRecord record : records) {
                next.append(record);
            }
            next.force();
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            next.close();
            Files.deleteIfExists(fresh);
            // It is not tried again at once: it costs as much as the journal is large.
            rewriteAtBytes = 2 * end;
            throw e;
        }
        // From here on the old file has no name, so nothing may be written to it, whatever fails.
        FileChannel old = channel;
        channel = next.channel;
        end = next.end;
        rewriteAtBytes = Math.max(LEAST_REWRITE_BYTES, 2 * end);
        old.close();
        forceDirectory(file);
    }

    /** What is written to take a journal's place. */
    static Path fresh(Path file) {
        return file.resolveSibling("new-" + file.getFileName());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static void forceDirectory(Path file) throws IOException {
        try (FileChannel directory = FileChannel.open(file.getParent())) {
            directory.force(true);
        }
    }
}
