package dev.millrace.streams;

import static dev.millrace.streams.Schedulers.OTHER_POOL;
import static dev.millrace.streams.Schedulers.POOL;
import static dev.millrace.streams.Schedulers.assertReplays;
import static dev.millrace.streams.Schedulers.awaitFinished;
import static dev.millrace.streams.Schedulers.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.StepInterceptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several scheduler instances of one cluster. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SchedulerHandoverTest {
    private static final int TASKS_PER_POOL = 60;
    /** Enough to last until the group is looked at for the last time. */
    private static final int REQUESTS_IN_A_ROW = 1_000;

    @TempDir
    Path stateDirs;

    private final Schedulers schedulers = new Schedulers();

    @AfterEach
    void close() throws Exception {
        schedulers.close();
    }

    @Test
    void anotherInstanceGoesOnWhereOneStoppedAndNothingIsLostOrDoneTwice() throws Exception {
        LiveCluster cluster = schedulers.cluster("handover");
        SchedulerApp first = schedulers.start(cluster, stateDirs.resolve("first"));
        SchedulerApp second = schedulers.start(cluster, stateDirs.resolve("second"));
        List<ScriptedAgent> agents = List.of(schedulers.agent(cluster, POOL), schedulers.agent(cluster, OTHER_POOL));

        submit(cluster, 0, TASKS_PER_POOL / 3);
        waiting().until(() -> !cluster.statuses("t0").isEmpty());
        first.close();
        submit(cluster, TASKS_PER_POOL / 3, 2 * TASKS_PER_POOL / 3);
        awaitFinished(cluster, 2 * (2 * TASKS_PER_POOL / 3));
        schedulers.start(cluster, stateDirs.resolve("first"));
        submit(cluster, 2 * TASKS_PER_POOL / 3, TASKS_PER_POOL);
        second.close();
        awaitFinished(cluster, 2 * TASKS_PER_POOL);

        assertThat(agents)
                .flatExtracting(ScriptedAgent::launches)
                .extracting(launch -> launch.getRequest().getPool() + "/"
                        + launch.getRequest().getTaskId() + "/" + launch.getAttempt())
                .hasSize(2 * TASKS_PER_POOL)
                .doesNotHaveDuplicates();
        assertThat(sequences(cluster))
                .hasSize(2 * TASKS_PER_POOL)
                .allSatisfy((task, sequence) -> assertThat(sequence)
                        .isEqualTo(LongStream.rangeClosed(1, sequence.size())
                                .boxed()
                                .toList()));
        assertReplays(cluster);
    }

    @Test
    void oneThatTakesAKilledOnesPlaceFromAnotherDirectoryIsNotTakenForDead() throws Exception {
        LiveCluster cluster = schedulers.cluster("another-directory");
        Path itsDirectory = stateDirs.resolve("killed");
        schedulers.keep(SchedulerProcess.start(cluster, itsDirectory)).close();
        List<Integer> taken = new CopyOnWriteArrayList<>();
        // Something is under way at any moment: each request is sent when the one before it is taken.
        StepInterceptor sender = input -> {
            if (input.value() instanceof TaskRequest request) {
                int number = Integer.parseInt(request.getTaskId());
                taken.add(number);
                cluster.sendLater(numbered(number + 1));
            }
        };

        SchedulerApp successor = schedulers.begin(
                cluster.config(stateDirs.resolve("another"))
                        .withInstanceId(InstanceId.in(itsDirectory, Optional.empty())),
                sender);
        cluster.send(numbered(0));
        assertThat(successor.awaitRunning(LiveCluster.PATIENCE)).isTrue();
        waiting().until(() -> taken.size() > REQUESTS_IN_A_ROW);

        assertThat(taken).doesNotHaveDuplicates();
    }

    private static TaskRequest numbered(int number) {
        return Records.request(POOL, Integer.toString(number)).build();
    }

    private static void submit(LiveCluster cluster, int from, int to) {
        for (int i = from; i < to; i++) {
            cluster.send(Records.request(POOL, "t" + i).build());
            cluster.send(Records.request(OTHER_POOL, "t" + i).build());
        }
    }

    private static Map<String, List<Long>> sequences(LiveCluster cluster) {
        Map<String, List<Long>> sequences = new TreeMap<>();
        for (TaskStatus status : cluster.read(Topic.TASK_STATUS, TaskStatus.class)) {
            sequences
                    .computeIfAbsent(status.getPool() + "/" + status.getTaskId(), t -> new ArrayList<>())
                    .add(status.getSequence());
        }
        return sequences;
    }
}
