package dev.millrace.streams;

import static dev.millrace.streams.Schedulers.OTHER_POOL;
import static dev.millrace.streams.Schedulers.POOL;
import static dev.millrace.streams.Schedulers.assertReplays;
import static dev.millrace.streams.Schedulers.awaitFinished;
import static dev.millrace.streams.Schedulers.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.StepInterceptor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several scheduler instances of one cluster. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SchedulerHandoverTest {
    private static final int TASKS_PER_POOL = 60;
    /** Of an instance that is taken for a member, dead or alive, for as long as a test takes. */
    private static final Duration LONG_SESSION = Duration.ofMinutes(5);

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

    /** Why {@link DeadTransactions} must not go by the names of members alone. */
    @Test
    void aPlaceThatWasTakenFromAnotherDirectoryGoesOnBearingTheKilledOnesName() throws Exception {
        LiveCluster cluster = schedulers.cluster("another-directory");
        Path itsDirectory = stateDirs.resolve("killed");
        schedulers
                .keep(SchedulerProcess.start(cluster, itsDirectory, LONG_SESSION))
                .close();
        List<String> itsName = clientIds(cluster);

        schedulers.start(
                cluster.config(stateDirs.resolve("another"))
                        .withInstanceId(InstanceId.in(itsDirectory, Optional.empty()))
                        .withStandbys(1, LONG_SESSION),
                StepInterceptor.NONE);
        cluster.send(Records.request(POOL, "t").build());
        waiting().until(() -> !cluster.statuses("t").isEmpty());

        assertThat(clientIds(cluster)).hasSize(1).isEqualTo(itsName);
    }

    /** What the members of the scheduler's group are called by the broker. */
    private static List<String> clientIds(LiveCluster cluster) throws Exception {
        String group = cluster.topics().applicationId();
        try (Admin admin = cluster.admin()) {
            return admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().stream()
                    .map(MemberDescription::clientId)
                    .toList();
        }
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
