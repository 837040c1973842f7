package dev.millrace.agent.process;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Removes a tree, without following symbolic links out of it. Tasks may have left directories that they had made unreadable or read-only, as
 * some build tools do with their caches; these are opened first. What can't be removed is passed over, and all else is removed.
 */
public final class TreeRemover extends SimpleFileVisitor<Path> {
    private static final Set<PosixFilePermission> OWNERS = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    /** The directories that could not be read and were opened, so that one that does not become readable is tried once. */
    private final Set<Path> opened = new HashSet<>();

    private @Nullable IOException failure;

    private TreeRemover() {}

    /** Removes what can be removed; what it returns is why something is left. */
    public static Optional<IOException> remove(Path tree) {
        TreeRemover remover = new TreeRemover();
        remover.walk(tree);
        return Optional.ofNullable(remover.failure);
    }

    private void walk(Path tree) {
        try {
            Files.walkFileTree(tree, this);
        } catch (IOException e) {
            note(e);
        }
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
        open(directory);
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        delete(file);
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
        boolean closed = e instanceof AccessDeniedException && Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS);
        if (closed && opened.add(file)) {
            open(file);
            walk(file);
        } else if (!(e instanceof NoSuchFileException)) {
            note(e);
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
        if (e != null) {
            note(e);
        }
        delete(directory);
        return FileVisitResult.CONTINUE;
    }

    private void open(Path directory) {
        try {
            Set<PosixFilePermission> permissions =
                    new HashSet<>(Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS));
            if (permissions.addAll(OWNERS)) {
                Files.setPosixFilePermissions(directory, permissions);
            }
        } catch (IOException e) {
            note(e);
        }
    }

    private void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            note(e);
        }
    }

    /** The first failure says most: later ones may be its consequences, such as directories that are not empty. */
    private void note(IOException e) {
        if (failure == null) {
            failure = e;
        }
    }
}
