package dev.millrace.cli.up;

import dev.millrace.local.DirectoryLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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
    private static final String CHOSEN_AGENTS = "agents.count";

    private final Path path;
    private final DirectoryLock lock;

    private ClusterDirectory(Path path, DirectoryLock lock) {
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
        return tryOpen(path)
                .orElseThrow(() -> new LocalClusterException("a local cluster is running on " + path
                        + Endpoint.live(path)
                                .map(endpoint -> " already (process "
                                        + endpoint.process().pid() + ", broker at " + endpoint.bootstrapServers() + ")")
                                .orElse(" already")
                        + "; use it, stop it, or choose another --data-dir"));
    }

    /** Takes hold of a directory that exists; empty if it is held already. */
    static Optional<ClusterDirectory> tryOpen(Path directory) throws IOException {
        var path = directory.toRealPath();
        return DirectoryLock.tryHold(path, LOCK_FILE).map(lock -> new ClusterDirectory(path, lock));
    }

    /** Tells whether a cluster has begun to use the directory. */
    static boolean hasBroker(Path directory) {
        return Files.isDirectory(directory.resolve(BROKER));
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

    /** How many agents the cluster was to have when it was last said; empty if that was never said. */
    OptionalInt chosenAgents() throws IOException {
        try {
            return OptionalInt.of(Integer.parseInt(
                    Files.readString(path.resolve(CHOSEN_AGENTS)).strip()));
        } catch (NoSuchFileException | NumberFormatException e) {
            return OptionalInt.empty();
        }
    }

    /** Keeps for later clusters how many agents this one is to have. */
    void chooseAgents(int count) throws IOException {
        var whole = path.resolve(CHOSEN_AGENTS + ".new");
        Files.writeString(whole, count + "\n");
        Files.move(
                whole,
                path.resolve(CHOSEN_AGENTS),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Removes what earlier clusters left, but for their logs; whatever else is in the directory was not theirs, and stays.
     *
     * @return what could not be removed
     */
    List<Path> clear() throws IOException {
        Endpoint.remove(path);
        return Stream.of(BROKER, SCHEDULER, AGENTS, CHOSEN_AGENTS)
                .flatMap(part -> FileTree.remove(path.resolve(part)).stream())
                .toList();
    }

    /**
     * Removes the directory with all that is in it.
     *
     * @return what could not be removed
     */
    List<Path> remove() {
        return FileTree.remove(path);
    }

    /** Lets another process have it. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
