package dev.millrace.agent.executor;

import dev.millrace.agent.process.TreeRemover;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the files of executors are. The address of a Unix socket has 107 bytes at the most; where the work directory's path is too long for that,
 * the sockets are in a directory in /tmp that is named after it, and is refused if somebody else has made it. Immutable.
 */
final class ExecutorFiles {
    private static final Logger log = LoggerFactory.getLogger(ExecutorFiles.class);
    private static final int MAX_SOCKET_PATH_BYTES = 107;
    /** As long as a run's own. */
    private static final String SAMPLE_RUN = "x0123456789abcdef";

    private static final FileAttribute<Set<PosixFilePermission>> OURS = permissions("rwx------");
    /** Executors of other users pass through to their own. */
    private static final FileAttribute<Set<PosixFilePermission>> PASSABLE = permissions("rwx--x--x");

    private final Path root;
    private final Path sockets;

    private ExecutorFiles(Path root, Path sockets) {
        this.root = root;
        this.sockets = sockets;
    }

    /** Makes the directories that are missing. */
    static ExecutorFiles open(Path workDir) throws IOException {
        Path root = rootIn(workDir);
        makeDirectory(root, PASSABLE);
        makeDirectory(root.resolve("journals"), OURS);
        Path sockets = root.resolve("sockets");
        int bytes = socketIn(sockets, SAMPLE_RUN).toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_SOCKET_PATH_BYTES) {
            UUID name = UUID.nameUUIDFromBytes(root.toString().getBytes(StandardCharsets.UTF_8));
            sockets = Path.of("/tmp", "millrace-" + name);
        }
        makeDirectory(sockets, PASSABLE);
        if (!Files.isDirectory(sockets, LinkOption.NOFOLLOW_LINKS)
                || !Files.getOwner(sockets, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(root))) {
            throw new IOException("the directory for sockets, " + sockets + ", is not this agent's");
        }
        return new ExecutorFiles(root, sockets);
    }

    /** Where executors are in an agent's work directory. */
    static Path rootIn(Path workDir) {
        return workDir.resolve("executors");
    }

    private static void makeDirectory(Path directory, FileAttribute<?> attributes) throws IOException {
        try {
            Files.createDirectory(directory, attributes);
        } catch (FileAlreadyExistsException e) {
            log.trace("{} is there", directory);
        }
    }

    /** The directory of the process runner, and of all that is not a socket. */
    Path root() {
        return root;
    }

    Path journal(String run) {
        return root.resolve("journals").resolve(run);
    }

    Path socket(String run) {
        return socketIn(sockets, run);
    }

    /** The runs that have a journal. */
    List<String> runs() throws IOException {
        List<String> runs = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(root.resolve("journals"), "x*")) {
            files.forEach(file -> runs.add(file.getFileName().toString()));
        }
        return runs;
    }

    /** Makes the directory of a run's socket, the agent's and nobody else's for now. An executor's user could put links in one that is its own. */
    void makeSocketDirectory(String run) throws IOException {
        Path directory = sockets.resolve(run);
        makeDirectory(directory, OURS);
        Files.setOwner(directory, Files.getOwner(root));
        Files.setPosixFilePermissions(directory, OURS.value());
    }

    /**
     * Lets an executor's user reach the run's socket, which is there, and nobody else but the agent.
     *
     * @param user the executor's; null = the agent's
     */
    void letIn(String run, @Nullable String user) throws IOException {
        Path socket = socket(run);
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        if (user == null) {
            return;
        }
        try {
            Files.setOwner(
                    socket,
                    socket.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user));
            Files.setPosixFilePermissions(sockets.resolve(run), PASSABLE.value());
        } catch (UserPrincipalNotFoundException e) {
            log.debug("there is no user {}, which the start of {} will find too", user, run);
        }
    }

    /** Removes what is a run's own; the process runner keeps its output as long as that of tasks. */
    void remove(String run) throws IOException {
        // First what makes a run, and what a rewriting of it may have left.
        Files.deleteIfExists(journal(run));
        Files.deleteIfExists(ExecutorJournal.fresh(journal(run)));
        Optional<IOException> failure = TreeRemover.remove(sockets.resolve(run));
        if (failure.isPresent()) {
            throw failure.get();
        }
    }

    private static Path socketIn(Path sockets, String run) {
        return sockets.resolve(run).resolve("s");
    }

    private static FileAttribute<Set<PosixFilePermission>> permissions(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }
}
