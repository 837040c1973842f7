package dev.millrace.agent.process;

import static dev.millrace.agent.process.RunnerFixture.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SandboxCleanerTest {
    private static final SandboxPolicy KEEP_ALL = new SandboxPolicy(Duration.ofDays(1), 1_000, 0);

    @TempDir
    Path directory;

    private WorkDirectory work;

    @BeforeEach
    void open() throws IOException {
        work = WorkDirectory.open(directory.toAbsolutePath());
    }

    /** An attempt that ended so many hours ago. */
    private void ended(String taskId, int hoursAgo) throws IOException {
        AttemptFiles files = work.files(new AttemptId(taskId, 1));
        files.create();
        Files.writeString(files.sandbox().resolve("result"), "x");
        Files.setLastModifiedTime(files.directory(), FileTime.from(Instant.now().minus(Duration.ofHours(hoursAgo))));
    }

    private List<String> cleaned(SandboxPolicy policy, String open) throws IOException {
        SandboxCleaner cleaner =
                new SandboxCleaner(work, policy, id -> id.taskId().equals(open));
        cleaner.clean();
        List<String> left = new ArrayList<>();
        for (AttemptId id : WorkDirectory.list(work.attempts())) {
            left.add(id.taskId());
        }
        cleaner.close();
        left.sort(null);
        return left;
    }

    @Test
    void removesWhatIsTooOld() throws IOException {
        ended("old", 25);
        ended("young", 23);

        assertThat(cleaned(KEEP_ALL, "")).containsExactly("young");
    }

    @Test
    void removesTheOldestOfTooMany() throws IOException {
        for (int i = 0; i < 5; i++) {
            ended("t-" + i, i);
        }

        assertThat(cleaned(new SandboxPolicy(Duration.ofDays(1), 2, 0), "")).containsExactly("t-0", "t-1");
    }

    @Test
    void neverRemovesWhatIsOpen() throws IOException {
        ended("open", 100);
        ended("closed", 90);

        assertThat(cleaned(new SandboxPolicy(Duration.ZERO, 0, Long.MAX_VALUE), "open"))
                .containsExactly("open");
    }

    @Test
    void makesRoomOnAFullDisk() throws IOException {
        ended("a", 1);
        ended("b", 2);

        assertThat(cleaned(new SandboxPolicy(Duration.ofDays(1), 1_000, Long.MAX_VALUE), ""))
                .isEmpty();
    }

    @Test
    void doesNotFollowLinksOutOfASandbox() throws IOException {
        Path precious = Files.writeString(
                Files.createDirectory(directory.resolve("precious")).resolve("file"), "x");
        ended("t", 30);
        Files.createSymbolicLink(work.attempts().resolve("t@1/sandbox/link"), precious.getParent());

        assertThat(cleaned(KEEP_ALL, "")).isEmpty();
        assertThat(precious).exists();
    }

    @Test
    void cleansWhileARunnerRuns() {
        try (RunnerFixture agent = new RunnerFixture(
                directory.resolve("running"), config -> config.withSandboxes(new SandboxPolicy(Duration.ZERO, 0, 0)))) {
            agent.run(RunnerFixture.shell("live", "echo $$ >pid; exec sleep 1000"));
            agent.awaitLine("live", "pid");
            agent.runToEnd(RunnerFixture.argv("ended", "true"));
            agent.awaitIdleBut("live");

            agent.restart();

            awaitThat(() -> agent.files("attempts").equals(List.of("live@1")));
        }
    }
}
