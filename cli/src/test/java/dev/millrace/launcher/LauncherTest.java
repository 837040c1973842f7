package dev.millrace.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the launcher starts, and when it makes the archive of classes that quickens starts. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class LauncherTest {
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final String MEASUREMENT = "failover";
    private static final String HOLDING_BACK = "-XX:Tier4InvocationThreshold=";

    @TempDir
    private Path directory;

    private SourceTree tree;

    @BeforeEach
    void makeTree() throws IOException {
        tree = new SourceTree(directory.toRealPath());
    }

    @Test
    void startsADaemonAtOnceAndHasAnArchiveForItsNextStart() throws Exception {
        tree.holdArchives();
        var first = tree.type("scheduler", "--help");
        tree.letGoOfArchives();
        awaitArchive();
        var second = tree.type("scheduler", "--help");

        assertThat(first).doesNotContain("SharedArchiveFile");
        assertThat(second).contains(" -XX:SharedArchiveFile=" + tree.archive() + " ");
        assertThat(tree.rehearsals()).isOne();
    }

    @Test
    void makesNoArchiveForAShortCommandButUsesOneThatIsThere() throws Exception {
        var before = tree.type("tasks");
        tree.type("bench", MEASUREMENT);
        var after = tree.type("tasks");

        assertThat(tree.calls().get(0)).isEqualTo(before);
        assertThat(before).doesNotContain("SharedArchiveFile");
        assertThat(after).contains(" -XX:SharedArchiveFile=");
    }

    @Test
    void makesTheArchiveBeforeAMeasurementOfStarts() throws Exception {
        var measured = tree.type("bench", MEASUREMENT);

        assertThat(measured).contains(" -XX:SharedArchiveFile=");
        assertThat(tree.calls()).hasSize(2);
    }

    @Test
    void goesOnWithoutAnArchiveIfThereCanBeNoneAndTriesNoMore() throws Exception {
        tree.refuseArchives();

        var first = tree.type("bench", MEASUREMENT);
        var second = tree.type("bench", MEASUREMENT);

        assertThat(List.of(first, second)).noneMatch(call -> call.contains("SharedArchiveFile"));
        assertThat(tree.rehearsals()).isOne();
    }

    @Test
    void makesTheArchiveAnewForOtherJarsAndForAnotherJdk() throws Exception {
        tree.type("bench", MEASUREMENT);

        tree.build();
        var rebuilt = tree.type("bench", MEASUREMENT);
        tree.updateJdk();
        var updated = tree.type("tasks");
        tree.type("bench", MEASUREMENT);

        assertThat(rebuilt).contains(" -XX:SharedArchiveFile=");
        assertThat(updated).doesNotContain("SharedArchiveFile");
        assertThat(tree.rehearsals()).isEqualTo(3);
    }

    @Test
    void makesOneArchiveForAllWhoNeedItAtTheSameTime() throws Exception {
        var launchers = List.of(
                tree.start(List.of(), "bench", MEASUREMENT),
                tree.start(List.of(), "bench", MEASUREMENT),
                tree.start(List.of(), "bench", MEASUREMENT));
        for (var launcher : launchers) {
            assertThat(launcher.waitFor()).isZero();
        }

        assertThat(tree.rehearsals()).isOne();
        assertThat(tree.leftOfRehearsals()).isEmpty();
    }

    @Test
    void holdsTheCompilerBackForASchedulerUnlessTheEnvironmentSaysOtherwise() throws Exception {
        var scheduler = tree.type("scheduler", "--help");
        var measurement = tree.type("bench", MEASUREMENT);
        var up = tree.type("up", "--help");
        awaitArchive();

        assertThat(scheduler).containsPattern(HOLDING_BACK + ".* -Dlast=option -cp ");
        assertThat(measurement).contains(HOLDING_BACK);
        assertThat(up).doesNotContain(HOLDING_BACK);
    }

    /** Returns when nobody writes in the directory any more. */
    private void awaitArchive() {
        await().atMost(LONG)
                .until(() ->
                        Files.exists(tree.archive()) && tree.leftOfRehearsals().isEmpty());
    }
}
