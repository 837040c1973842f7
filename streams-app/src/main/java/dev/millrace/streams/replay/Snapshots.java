package dev.millrace.streams.replay;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A directory of one cluster's snapshots. Each is a file of its own that is complete once it is there, so a follower may write into the
 * directory while others read.
 */
public final class Snapshots {
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
        List<SnapshotFile> found = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return found;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SnapshotFile.SUFFIX)) {
            for (Path file : files) {
                found.add(SnapshotFile.of(file));
            }
        }
        found.sort(Comparator.comparingInt(SnapshotFile::partition).thenComparingLong(SnapshotFile::inputs));
        return found;
    }

    /** The newest snapshot of a partition among those that a condition admits; empty if there is none. */
    Optional<SnapshotFile> newest(int partition, Predicate<SnapshotFile> condition) throws IOException {
        return list().stream()
                .filter(file -> file.partition() == partition)
                .filter(condition)
                .max(Comparator.comparingLong(SnapshotFile::inputs));
    }

    /** The oldest one; otherwise as the other. */
    Optional<SnapshotFile> oldest(int partition, Predicate<SnapshotFile> condition) throws IOException {
        return list().stream()
                .filter(file -> file.partition() == partition)
                .filter(condition)
                .min(Comparator.comparingLong(SnapshotFile::inputs));
    }

    /** Writes down what is stored, and makes the directory if it is missing. */
    SnapshotFile write(ReplayStart at, Instant wall) throws IOException {
        Files.createDirectories(directory);
        return SnapshotFile.write(directory, at, wall);
    }

    /** Removes all but the newest so many of a partition. */
    void keep(int partition, int count) throws IOException {
        List<SnapshotFile> files =
                list().stream().filter(file -> file.partition() == partition).toList();
        for (SnapshotFile file : files.subList(0, Math.max(0, files.size() - count))) {
            Files.deleteIfExists(file.path());
        }
    }
}
