package dev.millrace.cli.up;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Properties;

/**
 * Where a local cluster can be reached, and which process it is. The cluster writes it to a file in its data directory, where the
 * other commands find it; a file that a killed process left behind is known by its process mark.
 *
 * @param bootstrapServers what a Kafka client connects to
 * @param prefix what stands before its topics' names
 * @param process the cluster's process
 */
public record Endpoint(String bootstrapServers, String prefix, ProcessMark process) {
    private static final String FILE = "endpoint.properties";

    /** The endpoint of the cluster that runs on this directory; empty if none does. */
    public static Optional<Endpoint> live(Path dataDir) {
        try {
            var endpoint = read(dataDir);
            return endpoint.isPresent() && endpoint.get().process.isAlive() ? endpoint : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + dataDir.resolve(FILE), e);
        }
    }

    /** The endpoint that was written last, alive or not; empty if there is none that makes sense. */
    static Optional<Endpoint> read(Path dataDir) throws IOException {
        var properties = new Properties();
        try {
            properties.load(new StringReader(Files.readString(dataDir.resolve(FILE))));
            return Optional.of(new Endpoint(
                    property(properties, "bootstrap.servers"),
                    property(properties, "prefix"),
                    new ProcessMark(
                            Long.parseLong(property(properties, "pid")),
                            Long.parseLong(property(properties, "start.ticks")),
                            property(properties, "boot.id"))));
        } catch (NoSuchFileException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Writes it whole or not at all. */
    void write(Path dataDir) throws IOException {
        var properties = new Properties();
        properties.setProperty("bootstrap.servers", bootstrapServers);
        properties.setProperty("prefix", prefix);
        properties.setProperty("pid", Long.toString(process.pid()));
        properties.setProperty("start.ticks", Long.toString(process.startTicks()));
        properties.setProperty("boot.id", process.bootId());
        var text = new StringWriter();
        properties.store(text, "Where the local Millrace cluster of this directory can be reached");
        var whole = dataDir.resolve(FILE + ".new");
        Files.writeString(whole, text.toString());
        Files.move(whole, dataDir.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    static void remove(Path dataDir) throws IOException {
        Files.deleteIfExists(dataDir.resolve(FILE));
    }

    /** The port of the broker. */
    int port() {
        return Integer.parseInt(bootstrapServers.substring(bootstrapServers.lastIndexOf(':') + 1));
    }

    private static String property(Properties properties, String name) {
        var value = properties.getProperty(name);
        if (value == null) {
            throw new IllegalArgumentException("no " + name);
        }
        return value;
    }
}
