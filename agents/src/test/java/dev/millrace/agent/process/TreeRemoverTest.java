package dev.millrace.agent.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeRemoverTest {
    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

    @TempDir
    Path directory;

    private Path tree;

    @BeforeEach
    void makeTree() throws IOException {
        tree = Files.createDirectories(directory.resolve("tree"));
    }

    private Path directory(String name, String permissions) throws IOException {
        Path made = Files.createDirectories(tree.resolve(name));
        Files.writeString(made.resolve("file"), "x");
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(permissions));
        return made;
    }

    @Test
    void removesATree() throws IOException {
        directory("a/b", "rwxr-xr-x");

        assertThat(TreeRemover.remove(tree)).isEmpty();

        assertThat(tree).doesNotExist();
    }

    @Test
    void hasNothingAgainstATreeThatIsGone() {
        assertThat(TreeRemover.remove(tree.resolve("none"))).isEmpty();
    }

    @Test
    void opensDirectoriesThatMayNotBeReadOrWritten() throws Exception {
        directory("cache/module", "r-xr-xr-x");
        directory("shut", "---------");
        directory("names-only", "r--------");
        directory("outer/inner", "---------");
        Files.setPosixFilePermissions(tree.resolve("outer"), PosixFilePermissions.fromString("---------"));

        Process jvm = withoutPrivileges(tree).start();

        assertThat(jvm.waitFor()).as(() -> read(directory.resolve("log"))).isZero();
        assertThat(tree).doesNotExist();
    }

    @Test
    void removesTheRestIfSomethingCannotBeRemoved() throws Exception {
        assumeTrue(ROOT, "only root can make another user's directory");
        directory("a", "rwxr-xr-x");
        directory("z", "rwxr-xr-x");
        Files.setAttribute(directory("m", "r-xr-xr-x"), "unix:uid", 65_534);

        Process jvm = withoutPrivileges(tree).start();

        assertThat(jvm.waitFor()).isEqualTo(1);
        assertThat(read(directory.resolve("log"))).contains(tree.resolve("m").toString());
        assertThat(tree.resolve("m/file")).exists();
        assertThat(tree.resolve("a")).doesNotExist();
        assertThat(tree.resolve("z")).doesNotExist();
    }

    /** Root may do everything, whatever the permissions say, unless that privilege is taken from it. */
    private ProcessBuilder withoutPrivileges(Path argument) {
        List<String> command = new ArrayList<>();
        if (ROOT) {
            command.addAll(List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                Remove.class.getName(),
                argument.toString()));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile());
    }

    /** A JVM that removes one tree. */
    static final class Remove {
        private Remove() {}

        public static void main(String[] args) {
            Optional<IOException> failure = TreeRemover.remove(Path.of(args[0]));
            failure.ifPresent(System.out::println);
            System.exit(failure.isPresent() ? 1 : 0);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
