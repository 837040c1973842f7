package dev.millrace.core;

import static dev.millrace.core.Requests.listed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.Continue;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.RestartMode;
import dev.millrace.contract.RestartPolicy;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.contract.Tick;
import dev.millrace.contract.UnreachableAction;
import dev.millrace.contract.UnreachablePolicy;
import dev.millrace.schemas.Topic;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;

/** A thousand agents fall silent at once, each with a task, in a pool that may lose a hundred a minute; the shard is rebuilt again and again. */
class MassLossTest {
    private static final int AGENTS = 1_000;
    private static final int PER_MINUTE = 100;
    private static final int STEPS_BETWEEN_RESTARTS = 197;
    private static final long TICK_MS = 1_000;
    private static final long MINUTE_MS = 60_000;
    private static final long POLICY_MS = 20_000;
    /** More than the unreachable timeout and a quarter, and less than what the policy adds. */
    private static final long SILENCE_MS = 40_000;

    private final ShardPair shards = new ShardPair(() -> new Shard(0, 4));
    private final ArrayDeque<SpecificRecord> toItself = new ArrayDeque<>();
    private final TreeMap<String, String> agentsByTask = new TreeMap<>();
    private final TreeMap<String, TaskState> states = new TreeMap<>();
    /** When each task was lost, in ms since the beginning. */
    private final Map<String, Long> lostMs = new TreeMap<>();

    private long nowMs;
    private int steps;
    private int largestStep;

    MassLossTest() {
        tick();
        on(Cluster.settings().setAgentLossesPerMinute(PER_MINUTE).build());
        for (int i = 0; i < AGENTS; i++) {
            on(Requests.agent("a" + i, 1).build());
        }
        for (int i = 0; i < AGENTS; i++) {
            on(Requests.task("t" + i)
                    .setResources(Requests.resources(4_000, 64))
                    .setRestartPolicy(new RestartPolicy(RestartMode.ON_FAILURE, 0, 0L, 0L))
                    .setUnreachablePolicy(new UnreachablePolicy(UnreachableAction.REPLACE, POLICY_MS))
                    .build());
        }
        assertThat(agentsByTask).hasSize(AGENTS);
        largestStep = 0;
    }

    @Test
    void saysOfAllAtOnceThatTheyAreUnreachableAndReplacesThemLittleByLittle() {
        pass(SILENCE_MS);
        assertThat(tasksIn(TaskState.TASK_UNREACHABLE)).hasSize(AGENTS);
        assertThat(lostMs).isEmpty();

        pass(POLICY_MS);
        assertThat(lostMs).hasSize(PER_MINUTE);

        pass(3 * MINUTE_MS);
        assertThat(lostMs).hasSize(4 * PER_MINUTE);

        pass(6 * MINUTE_MS);
        assertThat(lostMs).hasSize(AGENTS);
        assertThat(tasksIn(TaskState.TASK_QUEUED)).hasSize(AGENTS);
        assertNoMinuteHasMoreThan(PER_MINUTE);
        assertThat(largestStep).isLessThanOrEqualTo(Budget.PER_STEP + 20);
    }

    @Test
    void losesNothingOfAgentsThatReturnWhileTheyAreHeldBack() {
        pass(SILENCE_MS + POLICY_MS);
        List<String> returning = tasksIn(TaskState.TASK_UNREACHABLE).subList(0, AGENTS / 2);
        on(Cluster.settings().setUnreachableTimeoutMs(MINUTE_MS * MINUTE_MS).build());

        for (String task : returning) {
            on(Requests.agent(agentsByTask.get(task), 2)
                    .setTasks(List.of(listed(task, 1, TaskState.TASK_RUNNING)))
                    .build());
        }
        pass(5 * MINUTE_MS);

        assertThat(tasksIn(TaskState.TASK_RUNNING)).isEqualTo(returning);
        assertThat(lostMs).hasSize(AGENTS / 2).doesNotContainKeys(returning.toArray(String[]::new));
        assertNoMinuteHasMoreThan(PER_MINUTE);
    }

    private void assertNoMinuteHasMoreThan(int agents) {
        for (long fromMs : lostMs.values()) {
            assertThat(lostMs.values().stream().filter(ms -> ms >= fromMs && ms < fromMs + MINUTE_MS))
                    .as("lost in the minute from %s ms on", fromMs)
                    .hasSizeLessThanOrEqualTo(agents);
        }
    }

    private List<String> tasksIn(TaskState state) {
        return states.entrySet().stream()
                .filter(entry -> entry.getValue() == state)
                .map(Map.Entry::getKey)
                .toList();
    }

    private void pass(long ms) {
        for (long passed = 0; passed < ms; passed += TICK_MS) {
            tick();
        }
    }

    private void tick() {
        nowMs += TICK_MS;
        on(new Tick(0, TICK_MS));
    }

    private void on(SpecificRecord value) {
        step(topicOf(value), value);
        while (!toItself.isEmpty()) {
            step(Topic.INTERNAL, toItself.remove());
        }
    }

    private void step(Topic topic, SpecificRecord value) {
        if (++steps % STEPS_BETWEEN_RESTARTS == 0) {
            shards.restart();
        }
        Outbox out = shards.on(new Input(topic, 1_700_000_000_000L + nowMs, value));
        largestStep = Math.max(largestStep, out.changes().size());
        for (Message message : out.messages()) {
            if (message.value() instanceof Continue more) {
                toItself.add(more);
            } else if (message.value() instanceof LaunchTask launch) {
                agentsByTask.put(launch.getRequest().getTaskId(), launch.getAgentId());
            } else if (message.value() instanceof TaskStatus status) {
                take(status);
            }
        }
    }

    private void take(TaskStatus status) {
        states.put(status.getTaskId(), status.getState());
        if (status.getState() == TaskState.TASK_LOST && lostMs.put(status.getTaskId(), nowMs) != null) {
            throw new AssertionError(status.getTaskId() + " was lost twice");
        }
    }

    private static Topic topicOf(SpecificRecord value) {
        return Topic.inbound().stream()
                .filter(topic -> topic.types().contains(value.getClass()))
                .findFirst()
                .orElseThrow();
    }
}
