package dev.millrace.cli.up;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A directory with all that is in it. */
public final class FileTree {
    private static final Set<PosixFilePermission> OURS = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private FileTree() {}

    /** Removes as much of it as can be; links are removed and not followed. Returns what is left, and could not be removed. */
    public static List<Path> remove(Path root) {
        List<Path> left = new ArrayList<>();
        remove(root, left);
        return left;
    }

    private static void remove(Path path, List<Path> left) {
        try {
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                empty(path, left);
            }
            Files.deleteIfExists(path);
        } catch (DirectoryNotEmptyException e) {
            // What is in it was noted.
            if (left.isEmpty()) {
                left.add(path);
            }
        } catch (IOException e) {
            left.add(path);
        }
    }

    private static void empty(Path directory, List<Path> left) throws IOException {
        // A task may have left it read-only, which keeps all but root from removing what is in it.
        if (!Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS).containsAll(OURS)) {
            Files.setPosixFilePermissions(directory, OURS);
        }
        List<Path> entries = new ArrayList<>();
        try (var stream = Files.newDirectoryStream(directory)) {
            stream.forEach(entries::add);
        }
        entries.forEach(entry -> remove(entry, left));
    }
}
