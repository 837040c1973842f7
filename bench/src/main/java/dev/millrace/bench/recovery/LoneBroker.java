package dev.millrace.bench.recovery;

import dev.millrace.client.ClusterConfig;
import dev.millrace.client.TopicAdmin;
import dev.millrace.local.FreePorts;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A broker in a process of its own, with the topics of a cluster. Thread-safe. */
final class LoneBroker implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

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
    static LoneBroker start(Path directory, Topics topics, int partitions) throws IOException, InterruptedException {
        LoneBroker broker = new LoneBroker(directory, topics, FreePorts.next());
        try {
            broker.makeTopics(partitions);
            return broker;
        } catch (InterruptedException | IOException | RuntimeException e) {
            broker.close();
            throw e;
        }
    }

    private void makeTopics(int partitions) throws IOException, InterruptedException {
        process.awaitLine(BrokerProgram.READY, START_TIMEOUT);
        try (TopicAdmin admin = new TopicAdmin(cluster())) {
            admin.create(partitions, 1);
        }
    }

    private ChildProcess start() throws IOException {
        List<String> command = ChildProcess.java(
                BrokerProgram.class.getName(), directory.resolve("broker").toString(), Integer.toString(port));
        return ChildProcess.start(command, directory.resolve("broker.out"));
    }

    ClusterConfig cluster() {
        return new ClusterConfig(bootstrapServers(), topics, Map.of());
    }

    String bootstrapServers() {
        return "localhost:" + port;
    }

    /** The processor time of its process, from its start on. */
    synchronized long processorMs() {
        return process.processorMs();
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
