package dev.millrace.core;

import static dev.millrace.core.FrameworkFixture.operation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.millrace.contract.AgentExecutor;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.ExecutorEnded;
import dev.millrace.contract.ExecutorSpec;
import dev.millrace.contract.FrameworkChanged;
import dev.millrace.contract.FrameworkError;
import dev.millrace.contract.FrameworkFailure;
import dev.millrace.contract.FrameworkState;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.MessageFromExecutor;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.MessageToFramework;
import dev.millrace.contract.Offer;
import dev.millrace.contract.OperationState;
import dev.millrace.contract.OperationType;
import dev.millrace.contract.OperationUpdated;
import dev.millrace.contract.Reason;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.SendMessage;
import dev.millrace.contract.ShutdownExecutor;
import dev.millrace.contract.StopExecutor;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.Teardown;
import dev.millrace.schemas.Store;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExecutorsTest {
    private static final ExecutorSpec EXECUTOR = executor("e", 500, 64);

    private final Harness cluster = new Harness();
    private final FrameworkFixture framework = new FrameworkFixture(cluster, "spark", 1);

    private static ExecutorSpec executor(String id, long cpuMillis, long memMib) {
        return ExecutorSpec.newBuilder()
                .setExecutorId(id)
                .setShell("serve")
                .setResources(Requests.resources(cpuMillis, memMib))
                .build();
    }

    private static TaskRequest task(String id, ExecutorSpec executor) {
        return Requests.task(id)
                .setShell(null)
                .setRole("eng")
                .setResources(Requests.resources(1_000, 128))
                .setExecutor(executor)
                .build();
    }

    private static void agent(Harness harness, long incarnation, AgentExecutor... executors) {
        harness.on(Requests.agent("a", incarnation)
                .setResources(Requests.resources(4_000, 1_024))
                .setExecutors(List.of(executors))
                .build());
    }

    private void launch(String... taskIds) {
        agent(cluster, 1);
        framework.subscribe("eng");
        for (String id : taskIds) {
            framework.accept(List.of(framework.lastOffer()), operation(OperationType.LAUNCH, task(id, EXECUTOR)));
            framework.stay(6_000, "a");
        }
    }

    private void report(Harness harness, String taskId, TaskState state) {
        harness.on(Requests.report("a", taskId, 1, 1, state).build());
    }

    private static ExecutorEnded ended() {
        return ExecutorEnded.newBuilder()
                .setPool(Requests.POOL)
                .setAgentId("a")
                .setFrameworkId("spark")
                .setExecutorId("e")
                .setExitCode(3)
                .build();
    }

    private long offeredCpuMillis() {
        return framework.lastOffer().getResources().getCpuMillis();
    }

    @Test
    void occupiesItsAgentFromTheFirstTaskUntilItsEndIsReported() {
        launch("t1", "t2");
        assertThat(offeredCpuMillis()).isEqualTo(1_500);
        assertThat(framework.lastOffer().getExecutorIds()).containsExactly("e");

        report(cluster, "t1", TaskState.TASK_FINISHED);
        report(cluster, "t2", TaskState.TASK_FINISHED);
        framework.decline(1_000, framework.unanswered().toArray(new Offer[0]));
        framework.stay(2_000, "a");
        assertThat(offeredCpuMillis()).isEqualTo(3_500);

        cluster.on(ended());
        framework.decline(1_000, framework.unanswered().toArray(new Offer[0]));
        framework.stay(2_000, "a");
        assertThat(offeredCpuMillis()).isEqualTo(4_000);
        assertThat(framework.told(FrameworkFailure.class))
                .extracting(FrameworkFailure::getExecutorId, FrameworkFailure::getExitCode)
                .containsExactly(tuple("e", 3));
        assertThat(cluster.stored().size(Store.EXECUTORS)).isZero();
    }

    @Test
    void goesOnOccupyingWhatItDidIfATaskWasLaunchedMeanwhile() {
        launch("t1");

        cluster.on(ended());

        assertThat(cluster.stored().size(Store.EXECUTORS)).isEqualTo(1);
        report(cluster, "t1", TaskState.TASK_FAILED);
        cluster.on(ended());
        assertThat(cluster.stored().size(Store.EXECUTORS)).isZero();
    }

    @Test
    void isNotBegunWhereItNeedsMoreThanIsOffered() {
        agent(cluster, 1);
        framework.subscribe("eng");
        TaskRequest noMemory = TaskRequest.newBuilder(task("t1", executor("e", 0, 2_000)))
                .setResources(Requests.resources(1_000, 0))
                .build();

        framework.launch(framework.lastOffer(), noMemory);

        assertThat(cluster.launches()).isEmpty();
        assertThat(cluster.statuses("t1").get(0).getMessage())
                .contains("its executor needs more than what is left of the offers: memory=1024MiB");
    }

    @Test
    void takesItsNeedOffWhatTheTasksOfItsGroupMayHave() {
        agent(cluster, 1);
        framework.subscribe("eng");
        TaskRequest[] four = {task("t1", EXECUTOR), task("t2", EXECUTOR), task("t3", EXECUTOR), task("t4", EXECUTOR)};

        framework.accept(List.of(framework.lastOffer()), operation(OperationType.LAUNCH_GROUP, four));
        assertThat(cluster.sent(LaunchTaskGroup.class)).isEmpty();
        framework.stay(6_000, "a");
        TaskRequest[] three = {four[0], four[1], four[2]};
        framework.accept(List.of(framework.lastOffer()), operation(OperationType.LAUNCH_GROUP, three));

        assertThat(framework.told(OperationUpdated.class))
                .extracting(OperationUpdated::getState)
                .containsExactly(OperationState.OPERATION_FAILED, OperationState.OPERATION_FINISHED);
        assertThat(cluster.sent(LaunchTaskGroup.class).get(0).getTasks()).hasSize(3);
        assertThat(cluster.launches()).isEmpty();
    }

    @Test
    void refusesAnotherExecutorOfTheSameId() {
        launch("t1");

        framework.launch(framework.lastOffer(), task("t2", executor("e", 600, 64)));

        assertThat(cluster.statuses("t2").get(0).getMessage()).contains("another executor of the id e");
    }

    @Test
    void isToldToEndIfNobodyKnowsIt() {
        AgentExecutor unknown = new AgentExecutor("spark", "e", Requests.resources(1_500, 64));

        agent(cluster, 1, unknown);

        assertThat(cluster.sent(StopExecutor.class)).hasSize(1);
        framework.subscribe("eng");
        assertThat(offeredCpuMillis()).isEqualTo(2_500);
        cluster.on(ended());
        framework.decline(1_000, framework.unanswered().toArray(new Offer[0]));
        cluster.pass(1_250);
        assertThat(offeredCpuMillis()).isEqualTo(4_000);
    }

    @Test
    void keepsItsFrameworkFromBeingForgottenAlsoIfItWasThereFirst() {
        agent(cluster, 1, new AgentExecutor("spark", "e", Requests.resources(1_500, 64)));
        framework.subscribe("eng");

        cluster.on(new Teardown(Requests.POOL, "spark", 1L));

        assertThat(states()).endsWith(FrameworkState.FRAMEWORK_TEARDOWN);
        cluster.on(ended());
        assertThat(states()).endsWith(FrameworkState.FRAMEWORK_REMOVED);
    }

    private List<FrameworkState> states() {
        return cluster.sent(FrameworkChanged.class).stream()
                .map(FrameworkChanged::getState)
                .toList();
    }

    @Test
    void isForgottenWithItsAgent() {
        launch("t1");

        cluster.on(
                RemoveAgent.newBuilder().setPool(Requests.POOL).setAgentId("a").build());

        assertThat(cluster.stored().size(Store.EXECUTORS)).isZero();
        assertThat(framework.told(FrameworkFailure.class))
                .extracting(FrameworkFailure::getReason)
                .containsExactly(Reason.REASON_AGENT_REMOVED_BY_OPERATOR);
    }

    @Test
    void goesOnWhenATaskOfItWasDropped() {
        launch("t1");

        report(cluster, "t1", TaskState.TASK_DROPPED);

        // An agent that has not begun it says so by itself.
        assertThat(cluster.sent(StopExecutor.class)).isEmpty();
        assertThat(cluster.stored().size(Store.EXECUTORS)).isEqualTo(1);
    }

    @Test
    void isToldToEndOnceMoreWhenItsAgentIsBack() {
        launch("t1");
        cluster.on(new ShutdownExecutor(Requests.POOL, "spark", 1L, "a", "e"));

        cluster.on(Requests.agent("a", 2)
                .setTasks(List.of(Requests.listed("t1", 1, TaskState.TASK_RUNNING)))
                .setExecutors(List.of(new AgentExecutor("spark", "e", Requests.resources(500, 64))))
                .build());

        assertThat(cluster.sent(StopExecutor.class))
                .extracting(StopExecutor::getIncarnation)
                .containsExactly(1L, 2L);
    }

    @Test
    void isOverIfItsAgentRegistersWithoutIt() {
        launch("t1");

        agent(cluster, 2);

        assertThat(cluster.last("t1").getTaskEnded()).isTrue();
        assertThat(cluster.stored().size(Store.EXECUTORS)).isZero();
    }

    @Test
    void isToldToEndWhenItsAgentIsBackAfterItsFrameworkIsOver() {
        launch("t1");
        report(cluster, "t1", TaskState.TASK_FINISHED);
        cluster.on(new AgentLeaving(Requests.POOL, "a", 1L, ""));
        cluster.on(new Teardown(Requests.POOL, "spark", 1L));
        assertThat(cluster.sent(StopExecutor.class)).isEmpty();

        agent(cluster, 2, new AgentExecutor("spark", "e", EXECUTOR.getResources()));

        assertThat(cluster.sent(StopExecutor.class)).hasSize(1);
    }

    @Test
    void isToldToEndWhenTheLastTaskOfItsFrameworkEndsBeforeItIsKilled() {
        Harness smallSteps = overWithATaskLeft();

        report(smallSteps, "t2", TaskState.TASK_FAILED);

        assertThat(smallSteps.sent(StopExecutor.class)).hasSize(1);
    }

    @Test
    void isToldToEndWhenSomebodyElseKillsTheLastTaskOfItsFramework() {
        Harness smallSteps = overWithATaskLeft();

        smallSteps.on(
                KillRequest.newBuilder().setPool(Requests.POOL).setTaskId("t2").build());

        assertThat(smallSteps.sent(StopExecutor.class)).hasSize(1);
    }

    /** A framework that was torn down, with one of its two tasks not told to end yet because its step was full. */
    private Harness overWithATaskLeft() {
        Harness smallSteps = new Harness(1);
        FrameworkFixture other = new FrameworkFixture(smallSteps, "spark", 1);
        agent(smallSteps, 1);
        other.subscribe("eng");
        other.launch(other.lastOffer(), task("t1", EXECUTOR), task("t2", EXECUTOR));
        smallSteps.loseContinues();
        smallSteps.on(new Teardown(Requests.POOL, "spark", 1L));
        assertThat(smallSteps.kills()).hasSize(1);
        return smallSteps;
    }

    @Test
    void exchangesMessagesWithItsFramework() {
        launch("t1");
        ByteBuffer data = ByteBuffer.wrap(new byte[] {1, 2});

        cluster.on(new SendMessage(Requests.POOL, "spark", 1L, "a", "e", data));
        cluster.on(new SendMessage(Requests.POOL, "spark", 1L, "a", "other", data));
        cluster.on(new MessageFromExecutor(Requests.POOL, "spark", "a", "e", data));
        cluster.on(new MessageFromExecutor(Requests.POOL, "spark", "a", "other", data));

        assertThat(cluster.sent(MessageToExecutor.class))
                .extracting(MessageToExecutor::getExecutorId, MessageToExecutor::getData)
                .containsExactly(tuple("e", data));
        assertThat(framework.told(MessageToFramework.class))
                .extracting(MessageToFramework::getExecutorId, MessageToFramework::getData)
                .containsExactly(tuple("e", data));
    }

    @Test
    void isShutDownOnItsFrameworksWord() {
        launch("t1");

        cluster.on(new ShutdownExecutor(Requests.POOL, "spark", 1L, "a", "e"));
        cluster.on(new ShutdownExecutor(Requests.POOL, "spark", 1L, "a", "other"));

        assertThat(cluster.sent(StopExecutor.class)).hasSize(1);
        assertThat(framework.told(FrameworkError.class))
                .extracting(FrameworkError::getFatal)
                .containsExactly(false);
    }
}
