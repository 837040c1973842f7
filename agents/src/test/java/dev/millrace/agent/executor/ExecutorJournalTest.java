package dev.millrace.agent.executor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.ExecutorShutdown;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.RegisterExecutor;
import dev.millrace.contract.Resources;
import dev.millrace.contract.StopExecutor;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.FrameReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExecutorJournalTest {
    private static final LaunchTask FIRST = ExecutorFixture.task("t", ExecutorFixture.spec());

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void name() throws IOException {
        Files.createDirectories(directory.resolve("executors/journals"));
        file = directory.resolve("executors/journals/x1");
    }

    private List<SpecificRecord> read() throws IOException {
        ExecutorJournal.Opened opened = ExecutorJournal.open(file);
        opened.journal().close();
        return opened.records();
    }

    @Test
    void holdsWhatWasWrittenInOrder() throws IOException {
        try (ExecutorJournal journal = ExecutorJournal.create(file, FIRST)) {
            journal.append(new ExecutorShutdown(1L));
            journal.append(new ExecutorShutdown(2L));
        }

        assertThat(read()).containsExactly(FIRST, new ExecutorShutdown(1L), new ExecutorShutdown(2L));
    }

    @Test
    void endsBeforeARecordThatIsNotWholeAndGoesOnThere() throws IOException {
        try (ExecutorJournal journal = ExecutorJournal.create(file, FIRST)) {
            journal.append(new ExecutorShutdown(1L));
        }
        for (byte[] torn : List.of(new byte[3], new byte[] {0, 0, 0, 9, 1}, new byte[100])) {
            Files.write(file, torn, StandardOpenOption.APPEND);

            ExecutorJournal.Opened opened = ExecutorJournal.open(file);
            opened.journal().append(new ExecutorShutdown(2L));
            opened.journal().close();

            assertThat(read()).startsWith(FIRST, new ExecutorShutdown(1L)).endsWith(new ExecutorShutdown(2L));
        }
        assertThat(read()).hasSize(5);
    }

    @Test
    void saysTheSameWhenItIsWrittenAnew() throws IOException {
        LaunchTask own = executorsOwn();
        LaunchTaskGroup group =
                new LaunchTaskGroup("agent-1", 7L, List.of(ExecutorFixture.task("u", ExecutorFixture.spec()), FIRST));
        TaskReport running = report(1, TaskState.TASK_RUNNING);
        TaskReport again = report(2, TaskState.TASK_RUNNING);
        try (ExecutorJournal journal = ExecutorJournal.create(file, own)) {
            journal.append(new RegisterExecutor("f", "e", "", List.of(), List.of()));
            journal.append(group);
            journal.append(running);
            journal.append(again);
            journal.append(ExecutorRecovery.acknowledgement(again));
        }
        ExecutorFiles files = ExecutorFiles.open(directory);
        ExecutorRun before = ExecutorRecovery.read(files).get(0);

        before.journal().rewrite(ExecutorRecovery.records(before));
        before.journal().append(new ExecutorShutdown(1L));
        before.journal().close();

        ExecutorRun after = ExecutorRecovery.read(files).get(0);
        assertThat(after.wasRegistered).isTrue();
        assertThat(after.tasks.keySet()).isEqualTo(before.tasks.keySet());
        HeldTask task = after.tasks.values().iterator().next();
        assertThat(task.sequence).isEqualTo(2);
        assertThat(task.unacknowledged).containsExactly(running);
    }

    @Test
    void remembersThatThereWereTasksAndThatItIsToStopWhenItIsWrittenAnew() throws IOException {
        try (ExecutorJournal journal = ExecutorJournal.create(file, executorsOwn())) {
            journal.append(new RegisterExecutor("f", "e", "", List.of(), List.of()));
            journal.append(ExecutorFixture.task("u", ExecutorFixture.spec()));
            TaskReport end = report(1, TaskState.TASK_FINISHED);
            journal.append(end);
            journal.append(ExecutorRecovery.acknowledgement(end));
            journal.append(new StopExecutor("default", "agent-1", 7L, "f", "e", "enough"));
        }
        ExecutorFiles files = ExecutorFiles.open(directory);
        ExecutorRun before = ExecutorRecovery.read(files).get(0);

        before.journal().rewrite(ExecutorRecovery.records(before));
        before.journal().close();

        ExecutorRun after = ExecutorRecovery.read(files).get(0);
        assertThat(after.tasks).isEmpty();
        assertThat(after.hadTasks).isTrue();
        assertThat(after.stopOrdered).isTrue();
    }

    @Test
    void isKeptAsideAndItsExecutorEndedIfAnotherVersionWroteWhatThisCannotRead() throws IOException {
        try (ExecutorJournal journal = ExecutorJournal.create(file, executorsOwn())) {
            journal.append(ExecutorFixture.task("u", ExecutorFixture.spec()));
        }
        byte[] ofTomorrow = {(byte) 0xC3, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0};
        Files.write(file, FrameReader.frame(ofTomorrow).array(), StandardOpenOption.APPEND);
        byte[] whole = Files.readAllBytes(file);
        ExecutorFiles files = ExecutorFiles.open(directory);

        ExecutorRecovery.read(files).get(0).journal().close();

        assertThat(ExecutorJournal.aside(file)).hasBinaryContent(whole);
        ExecutorRun run = ExecutorRecovery.read(files).get(0);
        assertThat(run.stopOrdered).isTrue();
        assertThat(run.tasks).hasSize(1);
    }

    @Test
    void isOfNoRunIfItHasNoBeginning() throws IOException {
        Files.createFile(file);

        assertThat(ExecutorRecovery.read(ExecutorFiles.open(directory))).isEmpty();
        assertThat(file).doesNotExist();
    }

    private static LaunchTask executorsOwn() {
        return ExecutorFixture.task(
                "s", ExecutorFixture.spec().setResources(Resources.newBuilder().build()));
    }

    private static TaskReport report(long sequence, TaskState state) {
        return TaskReport.newBuilder()
                .setPool("default")
                .setAgentId("agent-1")
                .setTaskId("u")
                .setAttempt(1)
                .setReportSequence(sequence)
                .setState(state)
                .build();
    }
}
