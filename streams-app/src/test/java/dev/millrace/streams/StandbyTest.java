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
import java.nio.file.Path;
import java.time.Duration;
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

    /** Beside the session timeout: sharing out anew, aborting the dead transaction, and running a task. */
    private static final Duration GRACE = Duration.ofSeconds(8);

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
    void onABrokerThatNobodyPreparedItTakesNoLonger() throws Exception {
        EmbeddedBroker broker = schedulers.keep(
                EmbeddedBroker.start(BrokerSettings.in(dirs.resolve("broker")).stock()));

        takesOverFromOneThatWasKilled(schedulers.cluster(broker.bootstrapServers(), "stock-standby"));
    }

    @Test
    void theOtherInstanceGoesOnAtOnceWhenOneIsClosed() throws Exception {
        LiveCluster cluster = schedulers.cluster("closed-standby");
        SchedulerApp first = schedulers.start(cluster, dirs.resolve("first"));
        SchedulerApp second = schedulers.start(cluster, dirs.resolve("second"));
        run(cluster, "before", TASKS_PER_POOL);
        awaitWarm(second);

        first.close();
        long closedNanos = System.nanoTime();
        run(cluster, "after", 1, TASKS_PER_POOL + 1);

        assertThat(Duration.ofNanos(System.nanoTime() - closedNanos)).isLessThan(GRACE);
        assertThat(mostRestored(second)).isBetween(0L, FEW_RECORDS);
    }

    private void takesOverFromOneThatWasKilled(LiveCluster cluster) throws Exception {
        SchedulerProcess killed = schedulers.keep(SchedulerProcess.start(cluster, dirs.resolve("killed")));
        SchedulerApp other = schedulers.start(cluster, dirs.resolve("other"));
        run(cluster, "before", TASKS_PER_POOL);
        awaitWarm(other);
        String itsPool = other.restoredRecords(0) < 0 ? POOL : OTHER_POOL;
        for (int i = 0; i < 10; i++) {
            cluster.sendLater(Records.request(itsPool, "open" + i).build());
        }
        cluster.send(Records.request(itsPool, SchedulerProcess.STUCK).build());
        killed.await(SchedulerProcess.STUCK);

        killed.close();
        long killedNanos = System.nanoTime();
        awaitFinished(cluster, 2 * TASKS_PER_POOL + 11);

        assertThat(Duration.ofNanos(System.nanoTime() - killedNanos))
                .isLessThan(SchedulerConfig.DEFAULT_SESSION_TIMEOUT.plus(GRACE));
        assertThat(mostRestored(other)).isBetween(0L, FEW_RECORDS);
        assertReplays(cluster);
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
