package dev.millrace.client.executor;

import static dev.millrace.client.executor.ScriptedAgent.kill;
import static dev.millrace.client.executor.ScriptedAgent.launch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.ExecutorRegistered;
import dev.millrace.contract.ExecutorShutdown;
import dev.millrace.contract.ExecutorTask;
import dev.millrace.contract.ExecutorUpdate;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.RegisterExecutor;
import dev.millrace.contract.TaskState;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ExecutorDriverTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** Longer than any test may take: none passes only because the driver has waited long enough. */
    private static final Duration LINGER = Duration.ofMinutes(2);

    @TempDir
    private Path directory;

    private final Recorder recorder = new Recorder();
    private ScriptedAgent agent;
    private ExecutorDriver driver;

    /** Notes how it is called. */
    private static final class Recorder implements Executor {
        final List<String> calls = new CopyOnWriteArrayList<>();
        volatile LaunchTask lastTask;

        @Override
        public void registered(ExecutorDriver driver, ExecutorRegistered agent) {
            calls.add("registered " + agent.getHostname());
        }

        @Override
        public void reregistered(ExecutorDriver driver, ExecutorRegistered agent) {
            calls.add("reregistered");
        }

        @Override
        public void disconnected(ExecutorDriver driver) {
            calls.add("disconnected");
        }

        @Override
        public void launchTask(ExecutorDriver driver, LaunchTask task) {
            if (task.getRequest().getTaskId().equals("poison")) {
                throw new AssertionError("poison");
            }
            lastTask = task;
            calls.add("launch " + task.getRequest().getTaskId());
        }

        @Override
        public void launchTaskGroup(ExecutorDriver driver, LaunchTaskGroup group) {
            calls.add("group of " + group.getTasks().size());
        }

        @Override
        public void killTask(ExecutorDriver driver, KillTask kill) {
            calls.add("kill " + kill.getTaskId());
        }

        @Override
        public void frameworkMessage(ExecutorDriver driver, byte[] data) {
            calls.add("message " + new String(data, StandardCharsets.UTF_8));
        }

        @Override
        public void shutdown(ExecutorDriver driver, long gracePeriodMs) {
            calls.add("shutdown");
        }

        @Override
        public void error(ExecutorDriver driver, String message) {
            calls.add("error");
        }
    }

    @BeforeEach
    void start() throws Exception {
        agent = new ScriptedAgent(directory.resolve("s"));
        driver = new ExecutorDriver(recorder, agent.environment(), LINGER);
        driver.start();
    }

    @AfterEach
    void close() throws Exception {
        agent.close();
        driver.abort();
        driver.close();
    }

    private void awaitCalls(String... calls) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(recorder.calls).containsExactly(calls));
    }

    private TaskUpdate update(TaskState state) {
        return TaskUpdate.of(recorder.lastTask, state);
    }

    @Test
    void saysWhoItIs() throws Exception {
        RegisterExecutor registration = agent.accept();

        assertThat(registration).isEqualTo(new RegisterExecutor("f", "e", "secret", List.of(), List.of()));
    }

    @Test
    void callsTheExecutorInTheOrderInWhichTheAgentSpoke() throws Exception {
        agent.acceptAndRegister();

        agent.send(launch("t"));
        agent.send(new LaunchTaskGroup("a", 1L, List.of(launch("u"), launch("v"))));
        agent.send(kill("t"));
        agent.send(new MessageToExecutor("default", "a", 1L, "f", "e", StandardCharsets.UTF_8.encode("hello")));

        awaitCalls("registered h", "launch t", "group of 2", "kill t", "message hello");
    }

    @Test
    void numbersTheUpdatesOfATask() throws Exception {
        agent.acceptAndRegister();
        agent.send(launch("t"));
        awaitCalls("registered h", "launch t");

        driver.sendStatusUpdate(update(TaskState.TASK_RUNNING).withMessage("begun"));
        driver.sendStatusUpdate(update(TaskState.TASK_FINISHED).withData(new byte[] {1}));

        ExecutorUpdate first = agent.receive(ExecutorUpdate.class);
        assertThat(first.getSequence()).isEqualTo(1);
        assertThat(first.getMessage()).isEqualTo("begun");
        ExecutorUpdate second = agent.receive(ExecutorUpdate.class);
        assertThat(second.getSequence()).isEqualTo(2);
        assertThat(second.getData()).isEqualTo(ByteBuffer.wrap(new byte[] {1}));
    }

    @Test
    void saysAgainWhatWasNotAcknowledgedWhenTheAgentIsBack() throws Exception {
        agent.acceptAndRegister();
        agent.send(launch("t"));
        awaitCalls("registered h", "launch t");
        driver.sendStatusUpdate(update(TaskState.TASK_STARTING));
        agent.acknowledge(agent.receive(ExecutorUpdate.class));
        driver.sendStatusUpdate(update(TaskState.TASK_RUNNING));
        agent.receive(ExecutorUpdate.class);

        agent.goAway();
        awaitCalls("registered h", "launch t", "disconnected");
        driver.sendStatusUpdate(update(TaskState.TASK_FINISHED));
        agent.comeBack();

        RegisterExecutor registration = agent.acceptAndRegister();
        assertThat(registration.getTasks()).containsExactly(new ExecutorTask("t", 1));
        assertThat(registration.getUpdates())
                .extracting(ExecutorUpdate::getSequence)
                .containsExactly(2L, 3L);
        awaitCalls("registered h", "launch t", "disconnected", "reregistered");
    }

    @Test
    void saysNothingBeforeTheAgentHasTakenIt() throws Exception {
        agent.acceptAndRegister();
        agent.send(launch("t"));
        awaitCalls("registered h", "launch t");
        agent.goAway();
        awaitCalls("registered h", "launch t", "disconnected");
        agent.comeBack();
        agent.accept();

        driver.sendStatusUpdate(update(TaskState.TASK_RUNNING));
        agent.register(60_000);

        assertThat(agent.receive(ExecutorUpdate.class).getSequence()).isEqualTo(1);
    }

    @Test
    void forgetsATaskWhoseEndIsAcknowledged() throws Exception {
        agent.acceptAndRegister();
        agent.send(launch("t"));
        awaitCalls("registered h", "launch t");
        driver.sendStatusUpdate(update(TaskState.TASK_FINISHED));
        agent.acknowledge(agent.receive(ExecutorUpdate.class));
        agent.send(kill("x"));
        awaitCalls("registered h", "launch t", "kill x");

        agent.goAway();
        agent.comeBack();

        assertThat(agent.accept().getTasks()).isEmpty();
    }

    @Test
    void refusesToSayMoreOfATaskThatHasEndedOrIsNotItsOwn() throws Exception {
        agent.acceptAndRegister();
        agent.send(launch("t"));
        awaitCalls("registered h", "launch t");
        driver.sendStatusUpdate(update(TaskState.TASK_FINISHED));

        assertThatThrownBy(() -> driver.sendStatusUpdate(update(TaskState.TASK_FAILED)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has ended");
        assertThatThrownBy(() -> driver.sendStatusUpdate(TaskUpdate.of(launch("u"), TaskState.TASK_RUNNING)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> update(TaskState.TASK_LOST)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesToSayThatATaskIsInAStateThatItCannotComeTo() throws Exception {
        agent.acceptAndRegister();
        agent.send(launch("t"));
        awaitCalls("registered h", "launch t");
        driver.sendStatusUpdate(update(TaskState.TASK_STARTING));
        driver.sendStatusUpdate(update(TaskState.TASK_RUNNING));
        driver.sendStatusUpdate(update(TaskState.TASK_RUNNING));

        assertThatThrownBy(() -> driver.sendStatusUpdate(update(TaskState.TASK_ERROR)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("TASK_RUNNING");
        assertThatThrownBy(() -> driver.sendStatusUpdate(update(TaskState.TASK_STARTING)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void sendsMessagesToTheFramework() throws Exception {
        agent.acceptAndRegister();
        awaitCalls("registered h");

        driver.sendFrameworkMessage(new byte[] {1, 2});

        MessageFromExecutor message = agent.receive(MessageFromExecutor.class);
        assertThat(message.getData()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2}));
        assertThat(message.getExecutorId()).isEqualTo("e");
    }

    @Test
    void stopsAfterAShutdownOnceTheEndsOfItsTasksAreAcknowledged() throws Exception {
        agent.acceptAndRegister();
        agent.send(launch("t"));
        agent.send(new ExecutorShutdown(60_000L));
        awaitCalls("registered h", "launch t", "shutdown");

        driver.sendStatusUpdate(update(TaskState.TASK_KILLED));
        ExecutorUpdate end = agent.receive(ExecutorUpdate.class);
        assertThat(driver.status()).isEqualTo(ExecutorDriver.Status.RUNNING);
        agent.acknowledge(end);

        assertThat(driver.join()).isEqualTo(ExecutorDriver.Status.STOPPED);
        assertThat(agent.isClosed()).isTrue();
    }

    @Test
    void stopsWhenTheGracePeriodOfAShutdownIsOver() throws Exception {
        agent.acceptAndRegister();
        agent.send(launch("t"));
        agent.send(new ExecutorShutdown(10L));

        assertThat(driver.join()).isEqualTo(ExecutorDriver.Status.STOPPED);
    }

    @Test
    void shutsTheExecutorDownWhenTheAgentIsAwayForTooLong() throws Exception {
        agent.accept();
        agent.register(1_000);
        awaitCalls("registered h");

        agent.goAway();

        assertThat(driver.join()).isEqualTo(ExecutorDriver.Status.ABORTED);
        assertThat(recorder.calls).containsExactly("registered h", "disconnected", "shutdown");
    }

    @Test
    void waitsForItsTasksToEndWhenTheAgentIsAwayForTooLong() throws Exception {
        agent.accept();
        agent.register(1_000);
        agent.send(launch("t"));
        awaitCalls("registered h", "launch t");
        agent.goAway();
        awaitCalls("registered h", "launch t", "disconnected", "shutdown");

        assertThat(driver.status()).isEqualTo(ExecutorDriver.Status.RUNNING);
        driver.sendStatusUpdate(update(TaskState.TASK_KILLED));

        assertThat(driver.join()).isEqualTo(ExecutorDriver.Status.ABORTED);
    }

    @Test
    void isNotHeldUpByAnAgentThatDoesNotRead() throws Exception {
        agent.acceptAndRegister();
        agent.send(launch("t"));
        awaitCalls("registered h", "launch t");

        // More than a socket holds.
        for (int i = 0; i < 100; i++) {
            driver.sendStatusUpdate(update(TaskState.TASK_RUNNING).withData(new byte[60_000]));
        }
        agent.send(kill("t"));
        awaitCalls("registered h", "launch t", "kill t");

        driver.abort();
        assertThat(driver.join()).isEqualTo(ExecutorDriver.Status.ABORTED);
    }

    @Test
    void isAbortedAtOnceThoughItWaitsForAcknowledgements() throws Exception {
        agent.acceptAndRegister();
        agent.send(launch("t"));
        awaitCalls("registered h", "launch t");
        driver.sendStatusUpdate(update(TaskState.TASK_FINISHED));
        driver.stop();

        driver.abort();

        assertThat(driver.join()).isEqualTo(ExecutorDriver.Status.STOPPED);
    }

    @Test
    void sendsAMessageAlthoughItIsStoppedAtOnce() throws Exception {
        agent.acceptAndRegister();
        awaitCalls("registered h");

        driver.sendFrameworkMessage(new byte[] {1});
        driver.stop();

        assertThat(agent.receive(MessageFromExecutor.class).getData()).isEqualTo(ByteBuffer.wrap(new byte[] {1}));
    }

    @Test
    void waitsWithItsStopUntilWhatItSaidIsAcknowledged() throws Exception {
        agent.acceptAndRegister();
        agent.send(launch("t"));
        awaitCalls("registered h", "launch t");
        driver.sendStatusUpdate(update(TaskState.TASK_FINISHED));
        ExecutorUpdate end = agent.receive(ExecutorUpdate.class);

        driver.stop();

        assertThat(driver.sendStatusUpdate(update(TaskState.TASK_RUNNING))).isEqualTo(ExecutorDriver.Status.STOPPED);
        agent.acknowledge(end);
        assertThat(driver.join()).isEqualTo(ExecutorDriver.Status.STOPPED);
        assertThat(agent.isClosed()).isTrue();
    }

    @Test
    void isAbortedByAnExecutorThatFails() throws Exception {
        agent.acceptAndRegister();

        agent.send(launch("poison"));

        assertThat(driver.join()).isEqualTo(ExecutorDriver.Status.ABORTED);
    }

    @Test
    void saysThatItDoesNotUnderstandItsAgent() throws Exception {
        agent.acceptAndRegister();

        agent.sendBytes(ByteBuffer.allocate(12).putInt(8).putLong(42).flip());

        assertThat(driver.join()).isEqualTo(ExecutorDriver.Status.ABORTED);
        assertThat(recorder.calls).contains("error");
    }

    @Test
    void needsTheEnvironmentThatAnAgentGives() {
        assertThatThrownBy(() -> ExecutorEnvironment.of(Map.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("MILLRACE_FRAMEWORK_ID");
    }
}
