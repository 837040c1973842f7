package dev.millrace.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.TaskState;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** However much one input sets free, no step changes more than its budget allows. The number of tasks is {@code millrace.step.tasks}. */
class StepSizeTest {
    private static final int TASKS = Integer.getInteger("millrace.step.tasks", 10_000);
    /** The clock, the counters, the pool, and some explanations of classes. */
    private static final int OTHERS = 20;

    private final Cluster cluster = new Cluster();
    private int largest;
    private int steps;

    StepSizeTest() {
        cluster.forgetsMessages();
        cluster.afterEachStep(out -> {
            Set<String> changed = new HashSet<>();
            out.changes().forEach(change -> changed.add(change.store() + change.key()));
            largest = Math.max(largest, changed.size());
            steps++;
        });
        cluster.on(Cluster.settings().setMaxTasksPerAgent(1_000).build());
    }

    @Test
    void releasesTasksWhoseTimeHasComeALittleAtATime() {
        for (int i = 0; i < TASKS; i++) {
            cluster.on(Cluster.task("t" + i, "a", 1, 1)
                    .setNotBefore(Instant.ofEpochMilli(cluster.wallMs() + 5_000))
                    .build());
        }
        agents();

        measure(Budget.PER_STEP, () -> cluster.pass(6_000));

        assertThat(cluster.placed()).hasSize(TASKS);
    }

    @Test
    void placesWhatARaisedLimitAllowsALittleAtATime() {
        cluster.on(Cluster.role("a").setLimit(Cluster.cpus(0)).build());
        queue();
        agents();
        assertThat(cluster.placed()).isEmpty();

        measure(
                Budget.PER_STEP,
                () -> cluster.on(
                        Cluster.role("a").setLimit(Cluster.cpus(1_000_000)).build()));

        assertThat(cluster.placed()).hasSize(TASKS);
    }

    @Test
    void fillsAgentsThatComeALittleAtATime() {
        queue();

        measure(Budget.PER_STEP, this::agents);

        assertThat(cluster.placed()).hasSize(TASKS);
    }

    @Test
    void endsWhatARemovedAgentHadInOneStep() {
        queue();
        agents();

        measure(
                1_000,
                () -> cluster.on(RemoveAgent.newBuilder()
                        .setPool(Requests.POOL)
                        .setAgentId("a0")
                        .build()));

        assertThat(cluster.placed()).hasSize(TASKS - 1_000);
    }

    @Test
    void letsManyTasksGiveWayALittleAtATime() {
        queue();
        agents();

        int most = Math.min(TASKS, 2_000);
        measure(1_000, () -> {
            for (int i = 0; i < most; i++) {
                cluster.on(
                        Cluster.task("urgent" + i, "b", 50, 50).setPriority(90).build());
            }
            cluster.pass(2_000);
            cluster.obeysKills();
        });

        assertThat(cluster.placed().values().stream()
                        .map(LaunchTask::getRequest)
                        .filter(request -> request.getRole().equals("b")))
                .isNotEmpty();
        assertThat(cluster.state("urgent0")).isEqualTo(TaskState.TASK_STAGING);
    }

    private void measure(int most, Runnable action) {
        largest = 0;
        steps = 0;

        action.run();

        assertThat(steps).isPositive();
        assertThat(largest).as("entities that one step changed").isLessThanOrEqualTo(most + OTHERS);
    }

    private void queue() {
        for (int i = 0; i < TASKS; i++) {
            cluster.on(Cluster.task("t" + i, "a", 1, 1).build());
        }
    }

    /** So many that there is just enough room for all tasks. */
    private void agents() {
        for (int i = 0; i < TASKS / 1_000; i++) {
            cluster.agent("a" + i, 1_000, 1_000);
        }
    }
}
