package dev.millrace.bench.recovery;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.TopicAdmin;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A broker in a process of its own, with the topics of a cluster. Thread-safe. */
final class LoneBroker implements AutoCloseable {
    private final Path directory;
    private final Topics topics;
    private final int port;
    private ChildProcess process;

    private LoneBroker(Path directory, Topics topics, int port) throws IOException {
        this.directory = directory;
        this.topics = topics;
        this.port = port;
        process = start();
    }

    /** Starts a broker with its files in that directory, and makes the topics with so many partitions. */
    static LoneBroker start(Path directory, Topics topics, int partitions) throws IOException {
        LoneBroker broker = new LoneBroker(directory, topics, BrokerProgram.freePort());
        boolean made = false;
        try (TopicAdmin admin = new TopicAdmin(broker.cluster())) {
            admin.create(partitions, 1);
            made = true;
            return broker;
        } finally {
            if (!made) {
                broker.close();
            }
        }
    }

    private ChildProcess start() throws IOException {
        return ChildProcess.start(
                BrokerProgram.command(directory.resolve("broker"), port), directory.resolve("broker.out"));
    }

    /** How to reach it; with patience, for the first connection is made while it starts. */
    ClusterConfig cluster() {
        return new ClusterConfig(
                bootstrapServers(), topics, Map.of("default.api.timeout.ms", "60000", "max.block.ms", "60000"));
    }

    String bootstrapServers() {
        return "localhost:" + port;
    }

    /** SIGKILL. */
    synchronized void kill() {
        process.close();
    }

    /** Starts it anew where it was. */
    synchronized void restart() throws IOException {
        process = start();
    }

    @Override
    public void close() {
        kill();
    }
}
