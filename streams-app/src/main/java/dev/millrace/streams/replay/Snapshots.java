package dev.millrace.streams.replay;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory of one cluster's snapshots. Each is a file of its own that is complete once it is there, so a follower may write into the
 * directory while others read.
 */
public final class Snapshots {
    private static final Logger log = LoggerFactory.getLogger(Snapshots.class);

    private final Path directory;

    /** The directory need not exist yet. */
    public Snapshots(Path directory) {
        this.directory = directory;
    }

    public Path directory() {
        return directory;
    }

    /**
     * All snapshots, by partition, the oldest first.
     *
     * @throws IOException if the directory is there and can't be read, or a file in it that is called like a snapshot is none
     */
    public List<SnapshotFile> list() throws IOException {
        return list(false);
    }

    private List<SnapshotFile> list(boolean tolerant) throws IOException {
        List<SnapshotFile> found = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return found;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SnapshotFile.SUFFIX)) {
            for (Path file : files) {
                try {
                    found.add(SnapshotFile.of(file));
                } catch (NoSuchFileException e) {
                    log.debug("{} was removed meanwhile", file);
                } catch (IOException e) {
                    if (!tolerant) {
                        throw e;
                    }
                    log.warn("a snapshot is passed over: {}", e.getMessage());
                }
            }
        }
        found.sort(Comparator.comparingInt(SnapshotFile::partition).thenComparingLong(SnapshotFile::inputs));
        return found;
    }

    /**
     * The snapshots of a partition, the oldest first. Files that are called like snapshots and are none are passed over.
     *
     * @throws IOException if the directory is there and can't be read
     */
    List<SnapshotFile> of(int partition) throws IOException {
        return list(true).stream().filter(file -> file.partition() == partition).toList();
    }

    /** Writes down what is stored, and makes the directory if it is missing. */
    SnapshotFile write(ReplayStart at, Instant wall) throws IOException {
        Files.createDirectories(directory);
        return SnapshotFile.write(directory, at, wall);
    }

    /** Removes all but the newest so many of a partition. */
    void keep(int partition, int count) throws IOException {
        List<SnapshotFile> files = of(partition);
        for (SnapshotFile file : files.subList(0, Math.max(0, files.size() - count))) {
            Files.deleteIfExists(file.path());
        }
    }
}
