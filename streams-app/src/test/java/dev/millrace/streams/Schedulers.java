package dev.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.StepInterceptor;
import dev.millrace.streams.replay.ReplayResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.core.ConditionFactory;

/** The clusters, schedulers and agents of one test; all of them are closed with it, the last one first. */
final class Schedulers implements AutoCloseable {
    static final int PARTITIONS = 2;
    static final String POOL = Records.poolIn(0, PARTITIONS);
    static final String OTHER_POOL = Records.poolIn(1, PARTITIONS);

    private final List<AutoCloseable> open = new ArrayList<>();

    LiveCluster cluster(String name) throws Exception {
        return keep(new LiveCluster(name, PARTITIONS));
    }

    LiveCluster cluster(String bootstrapServers, String name) throws Exception {
        return keep(new LiveCluster(bootstrapServers, name, PARTITIONS));
    }

    SchedulerApp start(LiveCluster cluster, Path stateDir) throws InterruptedException {
        return start(cluster, stateDir, StepInterceptor.NONE);
    }

    SchedulerApp start(LiveCluster cluster, Path stateDir, StepInterceptor interceptor) throws InterruptedException {
        return start(cluster.config(stateDir), interceptor);
    }

    SchedulerApp start(SchedulerConfig config, StepInterceptor interceptor) throws InterruptedException {
        SchedulerApp app = begin(config, interceptor);
        assertThat(app.awaitRunning(LiveCluster.PATIENCE)).isTrue();
        return app;
    }

    /** Starts a scheduler that need not get so far as to run. */
    SchedulerApp begin(SchedulerConfig config, StepInterceptor interceptor) {
        SchedulerApp app = notStarted(config, interceptor);
        app.start();
        return app;
    }

    SchedulerApp notStarted(SchedulerConfig config, StepInterceptor interceptor) {
        return keep(new SchedulerApp(config, interceptor));
    }

    ScriptedAgent agent(LiveCluster cluster, String pool) throws InterruptedException {
        return keep(new ScriptedAgent(cluster, pool, "agent-of-" + pool));
    }

    <T extends AutoCloseable> T keep(T opened) {
        open.add(opened);
        return opened;
    }

    /** A stream thread that fails throws, also where nobody catches it; that is no failure of the test. */
    static ConditionFactory waiting() {
        return await().atMost(LiveCluster.PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .dontCatchUncaughtExceptions();
    }

    static void awaitFinished(LiveCluster cluster, int tasks) {
        waiting()
                .until(() -> cluster.read(Topic.TASK_STATUS, TaskStatus.class).stream()
                                .filter(status -> status.getTaskEnded() && status.getState() == TaskState.TASK_FINISHED)
                                .count()
                        == tasks);
    }

    static void awaitEnd(LiveCluster cluster, String taskId, TaskState state) {
        waiting()
                .until(() -> cluster.statuses(taskId).stream()
                        .anyMatch(status -> status.getTaskEnded() && status.getState() == state));
    }

    static void assertReplays(LiveCluster cluster) {
        ReplayResult result = cluster.replay();
        assertThat(result.partitions()).hasSize(PARTITIONS).allSatisfy(partition -> {
            assertThat(partition.detail()).isEmpty();
            assertThat(partition.inputs()).isPositive();
        });
        assertThat(result.verified()).isTrue();
    }

    @Override
    public void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }
}
