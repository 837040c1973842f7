package dev.millrace.cli.up;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A local cluster's data directory, held by one process at a time. The hold is the operating system's lock on a file, so it ends with the
 * process however that ends.
 */
final class ClusterDirectory implements AutoCloseable {
    private static final String LOCK_FILE = "up.lock";
    private static final String BROKER = "broker";
    private static final String SCHEDULER = "scheduler";
    private static final String AGENTS = "agents";

    private final Path path;
    private final FileChannel lock;

    private ClusterDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Takes hold of the directory, and makes it if it does not exist.
     *
     * @throws LocalClusterException if another process holds it
     */
    static ClusterDirectory open(Path directory) throws IOException {
        var path = Files.createDirectories(directory).toRealPath();
        var lock = FileChannel.open(path.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (lock.tryLock() != null) {
                return new ClusterDirectory(path, lock);
            }
        } catch (OverlappingFileLockException e) {
            // Another cluster of this very process has it.
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
        lock.close();
        throw new LocalClusterException("a local cluster is running on " + path
                + Endpoint.live(path)
                        .map(endpoint -> " already (process "
                                + endpoint.process().pid() + ", broker at " + endpoint.bootstrapServers() + ")")
                        .orElse(" already")
                + "; use it, stop it, or choose another --data-dir");
    }

    Path path() {
        return path;
    }

    Path broker() {
        return path.resolve(BROKER);
    }

    Path scheduler() {
        return path.resolve(SCHEDULER);
    }

    Path agent(String agentId) {
        return path.resolve(AGENTS).resolve(agentId);
    }

    /** The ids of the agents that have been here, sorted. */
    List<String> agentIds() throws IOException {
        if (!Files.isDirectory(path.resolve(AGENTS))) {
            return List.of();
        }
        try (Stream<Path> directories = Files.list(path.resolve(AGENTS))) {
            return directories.map(d -> d.getFileName().toString()).sorted().toList();
        }
    }

    /** Removes what earlier clusters left, but for their logs; whatever else is in the directory was not theirs, and stays. */
    void clear() throws IOException {
        Endpoint.remove(path);
        for (var part : List.of(BROKER, SCHEDULER, AGENTS)) {
            removeTree(path.resolve(part));
        }
    }

    /** Removes the directory with all that is in it. */
    void remove() throws IOException {
        lock.close();
        removeTree(path);
    }

    private static void removeTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> files = Files.walk(root)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Lets another process have it. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
