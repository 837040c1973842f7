package dev.millrace.cli.up;

import dev.millrace.client.ClusterConfig;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/** A local cluster for one purpose, of which nothing is left when it is closed: no task, no file. */
public final class TemporaryCluster implements AutoCloseable {
    private final Path directory;
    private final LocalCluster cluster;

    private TemporaryCluster(Path directory, LocalCluster cluster) {
        this.directory = directory;
        this.cluster = cluster;
    }

    /** Starts a cluster with so many agents. */
    public static TemporaryCluster start(Topics topics, int agents) throws IOException, InterruptedException {
        var directory = Files.createTempDirectory("millrace-run-");
        try {
            var settings = new LocalClusterSettings(directory, topics, OptionalInt.of(agents), BrokerPort.anyFree());
            return new TemporaryCluster(directory, LocalCluster.start(settings));
        } catch (IOException | InterruptedException | RuntimeException e) {
            LocalCluster.remove(directory);
            throw e;
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
    public void close() throws IOException, InterruptedException {
        cluster.close();
        LocalCluster.remove(directory);
    }
}
