package dev.millrace.chaos.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.chaos.check.Finding.Kind;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WitnessCheckerTest {
    private static final String START = "start t 1 77 a 0";
    private static final String END = "end t 1 77 a 0";

    private final StatusesOfTask t = new StatusesOfTask("t");

    @TempDir
    private Path directory;

    @Test
    void findsNothingIfTheTaskDidWhatItsStatusesSay() {
        assertThat(kinds(List.of(START, END), t.queued(), t.staging("a"), t.finished()))
                .isEmpty();
    }

    @Test
    void findsAnAttemptThatStartedTwice() {
        assertThat(kinds(List.of(START, "start t 1 78 a 0", END), t.queued(), t.staging("a"), t.finished()))
                .containsExactly(Kind.DOUBLE_LAUNCH);
    }

    @Test
    void allowsEachAttemptItsStart() {
        assertThat(kinds(
                        List.of(START, "start t 2 78 a 0", "end t 2 78 a 0"),
                        t.queued(),
                        t.staging("a"),
                        t.next(TaskState.TASK_LOST).build(),
                        t.queuedAgain(),
                        t.staging("a"),
                        t.finished()))
                .isEmpty();
    }

    @Test
    void findsADroppedAttemptThatStarted() {
        assertThat(kinds(List.of(START), t.queued(), t.staging("a"), t.dropped()))
                .containsExactly(Kind.FALSE_STATUS);
    }

    @Test
    void findsAnEndWithoutAStart() {
        assertThat(kinds(List.of(), t.queued(), t.staging("a"), t.finished())).containsExactly(Kind.FALSE_STATUS);
    }

    @Test
    void findsASuccessOfWhatFailed() {
        assertThat(kinds(List.of(START, "end t 1 77 a 3"), t.queued(), t.staging("a"), t.finished()))
                .containsExactly(Kind.FALSE_STATUS);
    }

    @Test
    void findsAStartThatNobodyAskedFor() {
        assertThat(kinds(List.of(START), t.queued())).containsExactly(Kind.FALSE_STATUS);
    }

    @Test
    void findsAStartOnAnotherAgent() {
        assertThat(kinds(List.of(START), t.queued(), t.staging("b"))).containsExactly(Kind.FALSE_STATUS);
    }

    @Test
    void theShellLineOfATaskWritesWhatIsRead() throws Exception {
        Path file = directory.resolve("witnesses");
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", Witness.shell("0", "$((MILLRACE_ATTEMPT == 2))"));
        builder.environment().put("MILLRACE_TASK_ID", "x/y");
        builder.environment().put("MILLRACE_ATTEMPT", "2");
        builder.environment().put("MILLRACE_AGENT_ID", "a");
        builder.environment().put("WITNESSES", file.toString());

        Process process = builder.start();

        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(Witness.parse(Files.readAllLines(file)))
                .containsExactly(
                        new Witness(false, "x/y", 2, process.pid(), "a", 0),
                        new Witness(true, "x/y", 2, process.pid(), "a", 1));
    }

    private static List<Kind> kinds(List<String> lines, TaskStatus... statuses) {
        return WitnessChecker.check(Witness.parse(lines), List.of(statuses)).stream()
                .map(Finding::kind)
                .toList();
    }
}
