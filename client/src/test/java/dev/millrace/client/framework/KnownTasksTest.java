package dev.millrace.client.framework;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.client.TestCluster;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KnownTasksTest {
    private final KnownTasks tasks = new KnownTasks();

    @Test
    void anOlderStatusDoesNotReplaceALaterOne() {
        tasks.update(status(5, TaskState.TASK_RUNNING));
        tasks.update(status(2, TaskState.TASK_STAGING));

        assertThat(tasks.count()).containsExactlyEntriesOf(Map.of(TaskState.TASK_RUNNING, 1));
    }

    @Test
    void anEndIsCountedOnceAndIsTheLast() {
        tasks.update(end(6, TaskState.TASK_FINISHED));
        tasks.update(status(5, TaskState.TASK_RUNNING));
        tasks.update(end(6, TaskState.TASK_FINISHED));

        assertThat(tasks.count()).containsExactlyEntriesOf(Map.of(TaskState.TASK_FINISHED, 1));
        assertThat(tasks.knows("a")).as("its output may still come").isTrue();
    }

    @Test
    void aTaskThatWasRefusedIsNotKnown() {
        tasks.launched("a");
        assertThat(tasks.knows("a")).isTrue();

        tasks.update(status(0, TaskState.TASK_DROPPED));

        assertThat(tasks.knows("a")).isFalse();
        assertThat(tasks.count()).isEmpty();
    }

    @Test
    void aRefusalToLaunchItOnceMoreIsNotTheEndOfATask() {
        tasks.launched("a");
        tasks.update(status(3, TaskState.TASK_RUNNING));
        tasks.launched("a");
        tasks.update(status(0, TaskState.TASK_ERROR));

        assertThat(tasks.count()).containsExactlyEntriesOf(Map.of(TaskState.TASK_RUNNING, 1));
    }

    private static TaskStatus status(long sequence, TaskState state) {
        return TestCluster.status("default", "a", sequence, state).build();
    }

    private static TaskStatus end(long sequence, TaskState state) {
        return TestCluster.status("default", "a", sequence, state)
                .setAttemptEnded(true)
                .setTaskEnded(true)
                .build();
    }
}
