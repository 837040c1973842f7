package dev.millrace.cli.up;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTreeTest {
    @TempDir
    Path directory;

    @Test
    void isRemovedWhateverItsDirectoriesPermit() throws IOException {
        var root = directory.resolve("root");
        var inner = Files.createDirectories(root.resolve("read-only/closed"));
        Files.writeString(inner.resolve("file"), "x");
        Files.setPosixFilePermissions(inner, PosixFilePermissions.fromString("---------"));
        Files.setPosixFilePermissions(inner.getParent(), PosixFilePermissions.fromString("r-xr-xr-x"));

        assertThat(FileTree.remove(root)).isEmpty();

        assertThat(root).doesNotExist();
    }

    @Test
    void isLeftWhereALinkLeadsOut() throws IOException {
        var outside = Files.createDirectories(directory.resolve("outside"));
        Files.writeString(outside.resolve("file"), "x");
        var root = Files.createDirectories(directory.resolve("root"));
        Files.createSymbolicLink(root.resolve("link"), outside);

        assertThat(FileTree.remove(root)).isEmpty();

        assertThat(root).doesNotExist();
        assertThat(outside.resolve("file")).exists();
    }

    @Test
    void mayBeGoneAlready() {
        assertThat(FileTree.remove(directory.resolve("nothing"))).isEmpty();
    }
}
