package dev.millrace.cli.up;

import dev.millrace.client.ClusterConfig;
import dev.millrace.local.FreePorts;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A local cluster for one purpose, of which nothing is left when it is closed: no task, no file. */
public final class TemporaryCluster implements AutoCloseable {
    private static final String NAME_PREFIX = "millrace-run-";

    private final Path directory;
    private final LocalCluster cluster;
    private final Consumer<String> complaints;

    private TemporaryCluster(Path directory, LocalCluster cluster, Consumer<String> complaints) {
        this.directory = directory;
        this.cluster = cluster;
        this.complaints = complaints;
    }

    /** Where the files of temporary clusters are. */
    public static Path parent() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    /**
     * Starts a cluster with so many agents, after it has removed what is left of those whose process was killed.
     *
     * @param complaints hears in a line each what could not be removed; that is no failure
     */
    public static TemporaryCluster start(Topics topics, int agents, Consumer<String> complaints)
            throws IOException, InterruptedException {
        var directory = Files.createTempDirectory(parent(), NAME_PREFIX);
        boolean started = false;
        try {
            new AbandonedClusters(parent(), NAME_PREFIX, Files.getOwner(directory), complaints).remove();
            var settings = new LocalClusterSettings(directory, topics, OptionalInt.of(agents), FreePorts.next());
            var cluster = new TemporaryCluster(directory, LocalCluster.start(settings), complaints);
            started = true;
            return cluster;
        } finally {
            // Whatever it was, an exhausted memory too.
            if (!started) {
                remove(directory, complaints);
            }
        }
    }

    /** How to reach it. */
    public ClusterConfig config() {
        return cluster.config();
    }

    /** Completes with the reason if the cluster fails while it runs. */
    public CompletableFuture<String> failure() {
        return cluster.failure();
    }

    @Override
    public void close() {
        try {
            cluster.close();
        } catch (IOException | RuntimeException e) {
            // What it was for is done, and stays so.
            complaints.accept("the cluster of this run did not stop as it should: " + e.getMessage());
        }
        remove(directory, complaints);
    }

    private static void remove(Path directory, Consumer<String> complaints) {
        try {
            var left = LocalCluster.remove(directory);
            if (!left.isEmpty()) {
                complaints.accept(left.size() + (left.size() == 1 ? " file" : " files")
                        + " of this run could not be removed, such as " + left.get(0));
            }
        } catch (IOException | RuntimeException e) {
            complaints.accept("cannot remove what this run left in " + directory + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            complaints.accept("was interrupted before all that this run left in " + directory + " was removed");
        }
    }
}
