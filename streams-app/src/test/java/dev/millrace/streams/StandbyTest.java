package dev.millrace.streams;

import static dev.millrace.streams.Schedulers.OTHER_POOL;
import static dev.millrace.streams.Schedulers.PARTITIONS;
import static dev.millrace.streams.Schedulers.POOL;
import static dev.millrace.streams.Schedulers.assertReplays;
import static dev.millrace.streams.Schedulers.awaitFinished;
import static dev.millrace.streams.Schedulers.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.local.BrokerSettings;
import dev.millrace.local.EmbeddedBroker;
import dev.millrace.streams.engine.StepInterceptor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An instance takes over from another one, whose state it has kept a copy of. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class StandbyTest {
    private static final int TASKS_PER_POOL = 200;
    /** What is still on its way when an instance takes over is a few commits' worth; a task leaves more than ten records. */
    private static final long FEW_RECORDS = 300;

    @TempDir
    Path dirs;

    private final Schedulers schedulers = new Schedulers();

    @AfterEach
    void close() throws Exception {
        schedulers.close();
    }

    @Test
    void theOtherInstanceTakesOverWarmFromOneThatWasKilled() throws Exception {
        takesOverFromOneThatWasKilled(schedulers.cluster("standby"));
    }

    @Test
    void soItDoesOnABrokerThatNobodyPrepared() throws Exception {
        EmbeddedBroker broker = schedulers.keep(
                EmbeddedBroker.start(BrokerSettings.in(dirs.resolve("broker")).stock()));

        takesOverFromOneThatWasKilled(schedulers.cluster(broker.bootstrapServers(), "stock-standby"));
    }

    @Test
    void theOtherInstanceGoesOnAtOnceWhenOneIsClosed() throws Exception {
        LiveCluster cluster = schedulers.cluster("closed-standby");
        SchedulerApp first = start(cluster, "first");
        SchedulerApp second = start(cluster, "second");
        run(cluster, "before", TASKS_PER_POOL);
        awaitWarm(second);

        first.close();
        // Long before the first one's session would have timed out, so it has left the group.
        run(cluster, "after", 1, TASKS_PER_POOL + 1);

        assertThat(mostRestored(second)).isBetween(0L, FEW_RECORDS);
    }

    private void takesOverFromOneThatWasKilled(LiveCluster cluster) throws Exception {
        SchedulerProcess killed = schedulers.keep(
                SchedulerProcess.start(cluster, dirs.resolve("killed"), SchedulerConfig.DEFAULT_SESSION_TIMEOUT));
        SchedulerApp other = start(cluster, "other");
        run(cluster, "before", TASKS_PER_POOL);
        awaitWarm(other);
        String itsPool = other.restoredRecords(0) < 0 ? POOL : OTHER_POOL;
        for (int i = 0; i < 10; i++) {
            cluster.sendLater(Records.request(itsPool, "open" + i).build());
        }
        cluster.send(Records.request(itsPool, SchedulerProcess.STUCK).build());
        killed.await(SchedulerProcess.STUCK);

        killed.close();
        // Long before the broker would have aborted what the killed one left open, so the other one has.
        awaitFinished(cluster, 2 * TASKS_PER_POOL + 11);

        assertThat(mostRestored(other)).isBetween(0L, FEW_RECORDS);
        assertReplays(cluster);
    }

    /** Starts an instance whose session outlasts every test. It asks often nonetheless whether the group is shared out anew. */
    private SchedulerApp start(LiveCluster cluster, String name) throws Exception {
        SchedulerConfig config = cluster.config(dirs.resolve(name))
                .withStandbys(1, Duration.ofMinutes(5))
                .withKafka(Map.of("consumer.heartbeat.interval.ms", "1000"));
        return schedulers.start(config, StepInterceptor.NONE);
    }

    /** Runs so many tasks in each pool to their end, with agents that stay. */
    private void run(LiveCluster cluster, String name, int tasksPerPool) throws Exception {
        schedulers.agent(cluster, POOL);
        schedulers.agent(cluster, OTHER_POOL);
        run(cluster, name, tasksPerPool, tasksPerPool);
    }

    private static void run(LiveCluster cluster, String name, int tasksPerPool, int endedPerPool) {
        for (int i = 0; i < tasksPerPool; i++) {
            cluster.sendLater(Records.request(POOL, name + i).build());
            cluster.sendLater(Records.request(OTHER_POOL, name + i).build());
        }
        awaitFinished(cluster, 2 * endedPerPool);
    }

    private static void awaitWarm(SchedulerApp instance) {
        waiting().until(() -> instance.standbyLag().orElse(Long.MAX_VALUE) < FEW_RECORDS / 10);
    }

    private static long mostRestored(SchedulerApp instance) {
        return IntStream.range(0, PARTITIONS)
                .mapToLong(instance::restoredRecords)
                .max()
                .orElseThrow();
    }
}
