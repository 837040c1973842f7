package dev.millrace.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryLockTest {

    private static final String FILE = "lock";

    @TempDir
    Path directory;

    @Test
    void isHeldByOneAtATime() throws IOException {
        try (DirectoryLock held = DirectoryLock.tryHold(directory, FILE).orElseThrow()) {
            assertThat(DirectoryLock.tryHold(directory, FILE)).isEmpty();
            assertThat(DirectoryLock.holder(directory, FILE))
                    .isEqualTo("process " + ProcessHandle.current().pid());
            held.close();
            held.close();

            Optional<DirectoryLock> next = DirectoryLock.tryHold(directory, FILE);
            assertThat(next).isPresent();
            next.get().close();
        }
    }

    @Test
    void isTheSameUnderAnotherNameOfTheDirectory() throws IOException {
        Path link =
                Files.createSymbolicLink(directory.resolve("link"), Files.createDirectory(directory.resolve("real")));

        try (DirectoryLock held =
                DirectoryLock.tryHold(directory.resolve("real"), FILE).orElseThrow()) {
            assertThat(held).isNotNull();
            assertThat(DirectoryLock.tryHold(link, FILE)).isEmpty();
        }
    }

    @Test
    void anAttemptFromTheSameProcessDoesNotOpenItToOthers() throws IOException, InterruptedException {
        try (DirectoryLock held = DirectoryLock.tryHold(directory, FILE).orElseThrow()) {
            assertThat(held).isNotNull();
            assertThat(DirectoryLock.tryHold(directory, FILE)).isEmpty();

            assertThat(heldByAnotherProcess()).isFalse();
        }
        assertThat(heldByAnotherProcess()).isTrue();
    }

    private boolean heldByAnotherProcess() throws IOException, InterruptedException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(List.of(
                        java,
                        "-cp",
                        System.getProperty("java.class.path"),
                        DirectoryLockTest.class.getName(),
                        directory.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
        assertThat(process.waitFor()).isZero();
        return Boolean.parseBoolean(said);
    }

    /** What the other process runs. */
    public static void main(String[] args) throws IOException {
        System.out.println(DirectoryLock.tryHold(Path.of(args[0]), FILE).isPresent());
    }
}
