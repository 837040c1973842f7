package dev.millrace.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * A broker's directory, held by this process alone from {@link #open} to {@link #close}. The hold is the operating system's lock on
 * a file, so it ends with the process however that ends.
 */
final class DataDirectory implements AutoCloseable {

    private static final String LOCK_FILE = "broker.lock";
    private static final String LOG_DIRECTORY = "log";
    private static final String FORMATTED_MARK = "meta.properties";

    private final Path root;
    private final DirectoryLock lock;

    private DataDirectory(Path root, DirectoryLock lock) {
        this.root = root;
        this.lock = lock;
    }

    /** Makes the directory if it is missing, and takes hold of it. */
    static DataDirectory open(Path root) throws IOException {
        Path absolute = root.toAbsolutePath().normalize();
        Files.createDirectories(absolute);
        Optional<DirectoryLock> lock = DirectoryLock.tryHold(absolute, LOCK_FILE);
        if (lock.isEmpty()) {
            throw new BrokerStartException("the data directory " + absolute + " is in use by "
                    + DirectoryLock.holder(absolute, LOCK_FILE) + "; stop that process, or choose another directory");
        }
        return new DataDirectory(absolute, lock.get());
    }

    /** Where Kafka keeps its logs, those of its metadata among them. */
    Path logDirectory() {
        return root.resolve(LOG_DIRECTORY);
    }

    /**
     * Makes an empty directory one that the node may start on. The mark that tells a formatted
     * directory is the last thing that Kafka's formatter writes, so one that was killed at its work is formatted again.
     */
    void formatOnce(int nodeId, String clusterId, String controllerListener) throws IOException {
        if (Files.exists(logDirectory().resolve(FORMATTED_MARK))) {
            return;
        }
        Formatter formatter = new Formatter()
                .setNodeId(nodeId)
                .setClusterId(clusterId)
                .addDirectory(logDirectory().toString())
                .setMetadataLogDirectory(logDirectory().toString())
                .setControllerListenerName(controllerListener)
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8));
        try {
            formatter.run();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("cannot format " + logDirectory(), e);
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
