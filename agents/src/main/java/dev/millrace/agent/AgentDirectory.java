package dev.millrace.agent;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * An agent's work directory: held by one agent at a time, and the same agent's for ever. The file {@code lock} is locked while the agent runs;
 * the file {@code identity} says whose the directory is, so that an agent keeps its id over restarts, and whoever starts it with another is
 * told. Thread-safe.
 */
public final class AgentDirectory implements AutoCloseable {
    private static final String LOCK_FILE = "lock";
    private static final String IDENTITY_FILE = "identity";
    private static final String POOL = "pool";
    private static final String AGENT_ID = "agentId";
    private static final String WORK_DIR_ID = "workDirId";
    private static final int WORK_DIR_ID_BYTES = 16;

    /**
     * The directories that this process holds. Locks of files belong to processes, and a process that opens and closes a locked file once more
     * loses its lock, so a second agent in this process must not come that far.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    /**
     * Whose a work directory is.
     *
     * @param pool the agent's pool
     * @param agentId the agent's id
     * @param workDirId drawn at random when the directory was made
     */
    public record Identity(String pool, String agentId, String workDirId) {}

    /** Says why a work directory can't be used; the message is for people. */
    public static final class UnusableException extends IOException {
        private static final long serialVersionUID = 1L;

        UnusableException(String message) {
            super(message);
        }
    }

    private final Path path;
    private final FileChannel lockFile;
    private final Identity identity;

    private AgentDirectory(Path path, FileChannel lockFile, Identity identity) {
        this.path = path;
        this.lockFile = lockFile;
        this.identity = identity;
    }

    /**
     * Opens a directory, and makes it if it does not exist.
     *
     * @param pool the pool that the agent is to belong to
     * @param agentId the id that the agent is to have; null = the one it had before, or else {@code newAgentId}
     * @param newAgentId the id for a new directory
     * @throws UnusableException if another agent holds it, or it is another agent's
     * @throws IOException if it can't be made, read or written
     */
    public static AgentDirectory open(Path directory, String pool, @Nullable String agentId, String newAgentId)
            throws IOException {
        Path path = Files.createDirectories(directory).toRealPath();
        if (!HELD.add(path)) {
            throw new UnusableException(
                    "work directory " + path + " is in use by another agent of this process; give each agent its own");
        }
        @Nullable FileChannel lockFile = null;
        try {
            lockFile = lock(path);
            return new AgentDirectory(path, lockFile, identify(path, pool, agentId, newAgentId));
        } catch (IOException | RuntimeException e) {
            release(path, lockFile);
            throw e;
        }
    }

    /** The directory, absolute and without links. */
    public Path path() {
        return path;
    }

    public Identity identity() {
        return identity;
    }

    /** Lets another agent have it. */
    @Override
    public void close() throws IOException {
        release(path, lockFile);
    }

    private static void release(Path path, @Nullable FileChannel lockFile) throws IOException {
        try {
            if (lockFile != null) {
                lockFile.close();
            }
        } finally {
            HELD.remove(path);
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel file = FileChannel.open(
                path.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            @Nullable FileLock lock = file.tryLock();
            if (lock == null) {
                throw new UnusableException("work directory " + path + " is in use by another agent" + holder(file)
                        + "; give each agent its own");
            }
            file.truncate(0);
            file.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
            return file;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static String holder(FileChannel file) throws IOException {
        ByteBuffer pid = ByteBuffer.allocate(20);
        file.read(pid, 0);
        String text = new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII);
        return text.isEmpty() ? "" : " (process " + text + ")";
    }

    private static Identity identify(Path path, String pool, @Nullable String agentId, String newAgentId)
            throws IOException {
        Path file = path.resolve(IDENTITY_FILE);
        Optional<Identity> found = read(file);
        if (found.isEmpty()) {
            Identity identity = new Identity(pool, agentId == null ? newAgentId : agentId, drawWorkDirId());
            write(identity, path, file);
            return identity;
        }
        Identity identity = found.get();
        if ((agentId != null && !agentId.equals(identity.agentId())) || !pool.equals(identity.pool())) {
            throw new UnusableException("work directory " + path + " is that of agent " + identity.agentId()
                    + " in pool " + identity.pool() + ", not of agent "
                    + (agentId == null ? identity.agentId() : agentId)
                    + " in pool " + pool + "; give each agent its own");
        }
        return identity;
    }

    private static Optional<Identity> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IllegalArgumentException e) {
            throw damaged(file);
        }
        return Optional.of(new Identity(
                required(properties, POOL, file),
                required(properties, AGENT_ID, file),
                required(properties, WORK_DIR_ID, file)));
    }

    private static String required(Properties properties, String name, Path file) throws UnusableException {
        String value = properties.getProperty(name, "");
        if (value.isBlank()) {
            throw damaged(file);
        }
        return value;
    }

    private static UnusableException damaged(Path file) {
        return new UnusableException(file + " is damaged: it must hold " + POOL + ", " + AGENT_ID + " and "
                + WORK_DIR_ID + "; put it back, or give the agent a new work directory");
    }

    /** Written whole or not at all: a directory with half an identity would be nobody's. */
    private static void write(Identity identity, Path path, Path file) throws IOException {
        Properties properties = new Properties();
        properties.setProperty(POOL, identity.pool());
        properties.setProperty(AGENT_ID, identity.agentId());
        properties.setProperty(WORK_DIR_ID, identity.workDirId());
        StringWriter text = new StringWriter();
        properties.store(
                text, "Whose work directory this is. Not to be copied: two agents would take each other's place.");
        Path unfinished = path.resolve(IDENTITY_FILE + ".new");
        try (FileChannel channel = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(path)) {
            directory.force(true);
        }
    }

    private static String drawWorkDirId() {
        byte[] drawn = new byte[WORK_DIR_ID_BYTES];
        new SecureRandom().nextBytes(drawn);
        return HexFormat.of().formatHex(drawn);
    }
}
