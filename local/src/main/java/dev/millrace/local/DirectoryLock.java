package dev.millrace.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * A directory's lock file, held by one holder at a time. The hold is the operating system's lock on the file, so it ends with the process
 * however that ends; the holder's process id stands in it. Any thread may use it.
 */
public final class DirectoryLock implements AutoCloseable {
    /**
     * The files that this process holds. They must not even be opened a second time: when any channel to a file is closed, POSIX drops all
     * locks that the process has on it.
     */
    private static final Set<Path> HELD = new HashSet<>();

    private final Path file;
    private final FileChannel channel;

    private DirectoryLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes hold of a directory, which must exist.
     *
     * @param fileName the lock file's name in it
     * @return empty if somebody else holds it: another process, or somebody in this one
     */
    public static Optional<DirectoryLock> tryHold(Path directory, String fileName) throws IOException {
        Path file = directory.toRealPath().resolve(fileName);
        synchronized (HELD) {
            if (HELD.contains(file)) {
                return Optional.empty();
            }
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                FileLock lock = channel.tryLock();
                if (lock == null) {
                    channel.close();
                    return Optional.empty();
                }
                channel.truncate(0);
                channel.write(ByteBuffer.wrap(
                        Long.toString(ProcessHandle.current().pid()).getBytes(UTF_8)));
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
            HELD.add(file);
            return Optional.of(new DirectoryLock(file, channel));
        }
    }

    /** Who holds a directory, in words. */
    public static String holder(Path directory, String fileName) throws IOException {
        Path file = directory.toRealPath().resolve(fileName);
        synchronized (HELD) {
            if (HELD.contains(file)) {
                return "process " + ProcessHandle.current().pid();
            }
            String pid = Files.readString(file);
            return pid.isEmpty() ? "another process" : "process " + pid;
        }
    }

    /** Lets others have the directory; a second call does nothing. */
    @Override
    public void close() throws IOException {
        synchronized (HELD) {
            if (channel.isOpen()) {
                channel.close();
                HELD.remove(file);
            }
        }
    }
}
