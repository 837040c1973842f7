package dev.millrace.agent.executor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.ExecutorShutdown;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.RegisterExecutor;
import dev.millrace.contract.Resources;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
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
