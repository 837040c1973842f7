package dev.millrace.agent.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * The directory in which a runner keeps all that must survive it. The package's description lists the files.
 *
 * @param root the directory itself
 */
record WorkDirectory(Path root) {

    /**
     * Makes the directories that are missing.
     *
     * @throws IOException if that fails, or if the disk does not know the hard links by which claims are taken
     */
    static WorkDirectory open(Path root) throws IOException {
        WorkDirectory directory = new WorkDirectory(root);
        Files.createDirectories(root);
        for (Path path : List.of(directory.open(), directory.attempts(), directory.ends())) {
            if (!Files.isDirectory(path)) {
                // Others may pass through, since a task can have a user of its own, but not look around.
                Files.createDirectory(
                        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
            }
        }
        directory.checkHardLinks();
        return directory;
    }

    /** A file for each attempt that is not over: its intent. */
    Path open() {
        return root.resolve("open");
    }

    /** A directory for each attempt. */
    Path attempts() {
        return root.resolve("attempts");
    }

    /** A file for each attempt whose process has exited and whose end is not acknowledged. */
    Path ends() {
        return root.resolve("ends");
    }

    AttemptFiles files(AttemptId id) {
        return new AttemptFiles(this, id);
    }

    /** The attempts that have a file of their name in a directory. */
    static List<AttemptId> list(Path directory) throws IOException {
        List<AttemptId> ids = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                AttemptId.ofFileName(file.getFileName().toString()).ifPresent(ids::add);
            }
        }
        return ids;
    }

    private void checkHardLinks() throws IOException {
        Path probe = root.resolve("probe");
        Path link = root.resolve("probe.link");
        Files.deleteIfExists(link);
        Files.deleteIfExists(probe);
        Files.createFile(probe);
        try {
            Files.createLink(link, probe);
        } catch (IOException | UnsupportedOperationException e) {
            throw new IOException("the work directory " + root + " must be on a disk that knows hard links: " + e, e);
        } finally {
            Files.deleteIfExists(link);
            Files.deleteIfExists(probe);
        }
    }
}
