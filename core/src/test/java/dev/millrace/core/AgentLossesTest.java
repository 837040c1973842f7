package dev.millrace.core;

import static dev.millrace.contract.TaskState.TASK_GONE_BY_OPERATOR;
import static dev.millrace.contract.TaskState.TASK_LOST;
import static dev.millrace.contract.TaskState.TASK_RUNNING;
import static dev.millrace.contract.TaskState.TASK_UNREACHABLE;
import static dev.millrace.core.Requests.POOL;
import static dev.millrace.core.Requests.agent;
import static dev.millrace.core.Requests.heartbeat;
import static dev.millrace.core.Requests.listed;
import static dev.millrace.core.Requests.report;
import static dev.millrace.core.Requests.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Gang;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.contract.UnreachablePolicy;
import dev.millrace.state.PoolSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a limit on losses holds back, and what it does not. */
class AgentLossesTest {
    /** More than the unreachable timeout and a quarter, and less than what the policies add. */
    private static final long SILENCE_MS = 40_000;

    private static final long MINUTE_MS = 60_000;

    private final Harness harness = new Harness();

    @Test
    void losesAllAtOnceWithoutALimit() {
        limit(0);
        agentsWithTasks(5);

        harness.pass(SILENCE_MS + 20_000);

        assertThat(tasksIn(TASK_LOST)).isEqualTo(5);
    }

    @Test
    void limitsNothingInAPoolThatWasStoredBeforeThereWasALimit() {
        PoolSettings now = PoolState.DEFAULT_SETTINGS;
        PoolSettings.Builder before = PoolSettings.newBuilder(now);

        before.clearAgentLossesPerMinute();

        assertThat(before.build().getAgentLossesPerMinute()).isZero();
        assertThat(now.getAgentLossesPerMinute()).isPositive();
    }

    @Test
    void goesByAChangedLimitAtOnce() {
        limit(1);
        agentsWithTasks(6);
        harness.pass(SILENCE_MS + 20_000);
        long withOne = tasksIn(TASK_LOST);

        limit(3);
        long withThree = tasksIn(TASK_LOST);
        limit(2);
        harness.pass(MINUTE_MS / 2);
        long withTwo = tasksIn(TASK_LOST);
        limit(0);

        assertThat(withOne).isEqualTo(1);
        assertThat(withThree).isEqualTo(3);
        assertThat(withTwo).isEqualTo(3);
        assertThat(tasksIn(TASK_LOST)).isEqualTo(6);
    }

    @Test
    void asksTheLimitOnceForAllTasksOfAnAgent() {
        limit(1);
        agentWithTask("a1", "soon", 10_000);
        agentWithTask("a2", "of-another", 10_000);
        harness.on(replacedAfter("later", 30_000).build());
        String laterOn = harness.last("later").getAgentId();

        harness.pass(SILENCE_MS + 35_000);

        assertThat(laterOn).isEqualTo("a1");
        assertThat(harness.last("soon").getState()).isEqualTo(TASK_LOST);
        assertThat(harness.last("later").getState()).isEqualTo(TASK_LOST);
        assertThat(harness.last("of-another").getState()).isEqualTo(TASK_UNREACHABLE);
    }

    @Test
    void asksTheLimitAgainWhenAnAgentThatWasLostHasReturnedAndFallsSilentAgain() {
        limit(1);
        agentWithTask("a1", "t1", 1_000);
        agentWithTask("a2", "t2", 1_000);
        harness.on(replacedAfter("long", 600_000).build());
        harness.pass(SILENCE_MS + 2_000);
        TaskState before = harness.last("t1").getState();
        harness.on(agent("a1", 9)
                .setTasks(List.of(listed("long", 1, TASK_RUNNING)))
                .build());
        harness.on(replacedAfter("t3", 1_000).build());

        harness.pass(SILENCE_MS + 2_000);
        TaskState inTheSameMinute = harness.last("t3").getState();
        harness.pass(2 * MINUTE_MS);

        assertThat(before).isEqualTo(TASK_LOST);
        assertThat(inTheSameMinute).isEqualTo(TASK_UNREACHABLE);
        assertThat(harness.last("t2").getState()).isEqualTo(TASK_LOST);
        assertThat(harness.last("t3").getState()).isEqualTo(TASK_LOST);
        assertThat(harness.last("long").getState()).isEqualTo(TASK_UNREACHABLE);
    }

    @Test
    void takesAnAgentThatIsHeldBackBackWithItsTasks() {
        limit(1);
        agentsWithTasks(3);
        harness.pass(SILENCE_MS + 20_000);

        harness.on(
                agent("a1", 9).setTasks(List.of(listed("t1", 1, TASK_RUNNING))).build());
        harness.on(
                agent("a2", 9).setTasks(List.of(listed("t2", 1, TASK_RUNNING))).build());

        assertThat(harness.last("t0").getState()).isEqualTo(TASK_LOST);
        assertThat(harness.states("t1")).endsWith(TASK_UNREACHABLE, TASK_RUNNING);
        assertThat(harness.states("t2")).endsWith(TASK_UNREACHABLE, TASK_RUNNING);
    }

    @Test
    void replacesAGangWhenTheLastOfItsAgentsIsDeclaredLost() {
        limit(1);
        harness.on(agent("a1", 1).build());
        harness.on(agent("a2", 1).build());
        harness.on(memberOfAGang("m1").build());
        harness.on(memberOfAGang("m2").build());
        harness.pass(SILENCE_MS + 12_000);
        harness.on(agent("b1", 1).build());
        harness.on(agent("b2", 1).build());
        harness.forgetMessages();

        keepAlive(MINUTE_MS / 2, "b1", "b2");
        TaskState heldBack = harness.last("m2").getState();
        int replaced = harness.launches().size();
        keepAlive(MINUTE_MS / 2, "b1", "b2");

        assertThat(harness.last("m1").getAttempt()).isEqualTo(2);
        assertThat(heldBack).isEqualTo(TASK_UNREACHABLE);
        assertThat(replaced).isZero();
        assertThat(harness.launches())
                .extracting(launch -> launch.getRequest().getTaskId() + "#" + launch.getAttempt())
                .containsExactlyInAnyOrder("m1#2", "m2#2");
    }

    @Test
    void removesAgentsOnAnOperatorsWordWhateverTheLimitIs() {
        limit(1);
        agentsWithTasks(4);
        harness.pass(SILENCE_MS + 20_000);

        for (int i = 1; i < 4; i++) {
            harness.on(
                    RemoveAgent.newBuilder().setPool(POOL).setAgentId("a" + i).build());
        }

        assertThat(tasksIn(TASK_LOST)).isEqualTo(1);
        assertThat(tasksIn(TASK_GONE_BY_OPERATOR)).isEqualTo(3);
    }

    @Test
    void saysOfATaskThatIsHeldBackWhatItWaitsFor() {
        limit(2);
        agentsWithTasks(6);
        harness.pass(SILENCE_MS + 20_000);

        Shard shard = harness.stored().restore(0, 4);

        assertThat(shard.explain(POOL, "t2").orElseThrow().waitsFor())
                .startsWith(
                        "its agent to be declared lost: the pool may lose 2 agents a minute, 0 agents are before it,");
        long forThird = seconds(shard, "t2");
        assertThat(forThird).isBetween(40L, 60L);
        assertThat(seconds(shard, "t5")).isEqualTo(forThird + 60);
        assertThat(shard.explain(POOL, "t0").orElseThrow().waitsFor()).isEmpty();
    }

    private static long seconds(Shard shard, String taskId) {
        String text = shard.explain(POOL, taskId).orElseThrow().waitsFor();
        return Long.parseLong(text.replaceAll(".*about ([0-9]+) s more", "$1"));
    }

    private void limit(int perMinute) {
        harness.on(Cluster.settings().setAgentLossesPerMinute(perMinute).build());
    }

    /** Agents a0, a1 and so on, with the tasks t0, t1 and so on. */
    private void agentsWithTasks(int agents) {
        for (int i = 0; i < agents; i++) {
            agentWithTask("a" + i, "t" + i, 10_000);
        }
    }

    /** The task needs more than what other agents have left. */
    private void agentWithTask(String agentId, String taskId, long policyMs) {
        harness.on(agent(agentId, 1).build());
        harness.on(replacedAfter(taskId, policyMs)
                .setResources(Requests.resources(3_000, 64))
                .build());
        harness.on(report(agentId, taskId, 1, 1, TASK_RUNNING).build());
    }

    private static TaskRequest.Builder replacedAfter(String taskId, long policyMs) {
        return task(taskId).setUnreachablePolicy(new UnreachablePolicy(UnreachableAction.REPLACE, policyMs));
    }

    private void keepAlive(long ms, String... agentIds) {
        for (long passed = 0; passed < ms; passed += 10_000) {
            harness.pass(10_000);
            for (String agentId : agentIds) {
                harness.on(heartbeat(agentId, 1));
            }
        }
    }

    private static TaskRequest.Builder memberOfAGang(String taskId) {
        return replacedAfter(taskId, 10_000)
                .setResources(Requests.resources(3_000, 64))
                .setRestartPolicy(new RestartPolicy(RestartMode.ON_FAILURE, 0, 0L, 0L))
                .setGang(new Gang("g", 2, 600_000L));
    }

    private long tasksIn(TaskState state) {
        return List.of("t0", "t1", "t2", "t3", "t4", "t5").stream()
                .filter(id ->
                        !harness.statuses(id).isEmpty() && harness.last(id).getState() == state)
                .count();
    }
}
