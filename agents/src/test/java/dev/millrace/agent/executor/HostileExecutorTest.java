package dev.millrace.agent.executor;

import static dev.millrace.agent.executor.ExecutorFixture.awaitThat;
import static dev.millrace.agent.executor.Puppet.has;
import static dev.millrace.agent.executor.Puppet.update;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.AgentTask;
import dev.millrace.contract.ExecutorRegistered;
import dev.millrace.contract.ExecutorShutdown;
import dev.millrace.contract.ExecutorUpdate;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.RegisterExecutor;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.UpdateAcknowledged;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever an executor says: its connection may end, its tasks and the agent go on. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class HostileExecutorTest {
    @TempDir
    private Path directory;

    private ExecutorFixture agent;

    @BeforeEach
    void open() {
        agent = new ExecutorFixture(directory.resolve("w"));
        agent.launch("t");
    }

    @AfterEach
    void close() {
        agent.close();
    }

    @Test
    void disconnectsWhoSendsNoRecords() {
        isDisconnectedBy(executor ->
                executor.sendBytes(ByteBuffer.allocate(12).putInt(8).putLong(42).flip()));
    }

    @Test
    void disconnectsWhoSendsFramesThatAreTooLarge() {
        isDisconnectedBy(executor -> executor.sendBytes(
                ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).flip()));
    }

    @Test
    void disconnectsWhoSendsWhatIsNotAnExecutorsToSend() {
        isDisconnectedBy(executor -> executor.send(new ExecutorShutdown(0L)));
    }

    @Test
    void disconnectsWhoRegistersTwice() {
        isDisconnectedBy(executor -> executor.send(executor.registration(List.of(), List.of())));
    }

    @Test
    void disconnectsWhoLeavesOutAnUpdate() {
        isDisconnectedBy(executor -> executor.send(update("t", 5, TaskState.TASK_RUNNING)));
    }

    @Test
    void disconnectsWhoSaysWhatOnlyAgentsKnow() {
        isDisconnectedBy(executor -> executor.send(update("t", 1, TaskState.TASK_LOST)));
    }

    @Test
    void disconnectsWhoSaysThatATaskIsInAStateThatItCannotComeTo() {
        isDisconnectedBy(executor -> {
            executor.say("t", 1, TaskState.TASK_RUNNING);
            executor.send(update("t", 2, TaskState.TASK_ERROR));
        });
    }

    @Test
    void disconnectsWhoSaysMoreThanCanBePublished() {
        isDisconnectedBy(executor -> executor.send(ExecutorUpdate.newBuilder(update("t", 1, TaskState.TASK_RUNNING))
                .setData(ByteBuffer.allocate(65_537))
                .build()));
    }

    @Test
    void disconnectsWhoNamesATaskThatNoneCanBeCalled() {
        isDisconnectedBy(executor -> executor.send(update("no task", 1, TaskState.TASK_RUNNING)));
    }

    /** Registers, does that, is disconnected, and comes back to find its task as it was. */
    private void isDisconnectedBy(Consumer<Puppet> deed) {
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);

            deed.accept(executor);

            assertThat(executor.isClosed()).isTrue();
        }
        try (Puppet executor = agent.connect("t")) {
            executor.register(List.of(has("t")), List.of());
            executor.say("t", 1, TaskState.TASK_RUNNING);
        }
        assertThat(agent.sink.statesOf("t")).containsExactly(TaskState.TASK_RUNNING);
        assertThat(agent.runner.attempts()).extracting(AgentTask::getTaskId).containsExactly("t");
    }

    @Test
    void disconnectsWhoHasNotTheTokenAndWhoHasNotRegistered() {
        for (SpecificRecord first : List.of(
                new RegisterExecutor("f", "e", "guessed", List.of(), List.of()),
                update("t", 1, TaskState.TASK_RUNNING))) {
            try (Puppet stranger = agent.connect("t")) {
                stranger.send(first);
                assertThat(stranger.isClosed()).isTrue();
            }
        }
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
        }
        assertThat(agent.sink.reports).isEmpty();
    }

    @Test
    void passesOverUpdatesOfTasksThatItDoesNotKnow() {
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            executor.send(update("unheard-of", 1, TaskState.TASK_FINISHED));
            executor.receive(UpdateAcknowledged.class);
        }
        assertThat(agent.sink.reports).isEmpty();
    }

    @Test
    void letsNobodyElseReachTheSocket() throws Exception {
        Path socket = Path.of(agent.environment("t").get("MILLRACE_EXECUTOR_SOCKET"));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent())))
                .isEqualTo("rwx------");
    }

    @Test
    void takesTheLastConnectionForTheExecutors() {
        try (Puppet first = agent.register("t");
                Puppet second = agent.connect("t")) {
            first.receive(LaunchTask.class);

            second.send(second.registration(List.of(has("t")), List.of()));

            second.receive(ExecutorRegistered.class);
            assertThat(first.isClosed()).isTrue();
            second.say("t", 1, TaskState.TASK_RUNNING);
        }
    }

    @Test
    void isNotHeldUpByAnExecutorThatSaysALotAndReadsNothing() {
        try (Puppet executor = agent.register("t")) {
            executor.receive(LaunchTask.class);
            executor.say("t", 1, TaskState.TASK_RUNNING);
            for (int i = 0; i < 2_000; i++) {
                executor.send(update("t", 1, TaskState.TASK_RUNNING));
            }
            for (int i = 0; i < 2_000; i++) {
                executor.receive(UpdateAcknowledged.class);
            }
            executor.say("t", 2, TaskState.TASK_FINISHED);
        }
        awaitThat(() -> agent.runner.attempts().isEmpty());
    }
}
