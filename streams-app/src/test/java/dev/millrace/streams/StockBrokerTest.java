package dev.millrace.streams;

import static dev.millrace.streams.Schedulers.POOL;
import static dev.millrace.streams.Schedulers.assertReplays;
import static dev.millrace.streams.Schedulers.awaitFinished;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.DeadLetter;
import dev.millrace.contract.DeadLetterReason;
import dev.millrace.contract.TaskRequest;
import dev.millrace.contract.TaskStatus;
import dev.millrace.local.BrokerSettings;
import dev.millrace.local.EmbeddedBroker;
import dev.millrace.schemas.Topic;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The scheduler on a broker that nobody prepared for it: everything is right there, too, and only takes longer. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class StockBrokerTest {
    @TempDir
    Path brokerDir;

    @TempDir
    Path stateDir;

    private final Schedulers schedulers = new Schedulers();
    private LiveCluster cluster;

    @BeforeEach
    void startBroker() throws Exception {
        EmbeddedBroker broker = schedulers.keep(
                EmbeddedBroker.start(BrokerSettings.in(brokerDir).stock()));
        cluster = schedulers.cluster(broker.bootstrapServers(), "stock");
    }

    @AfterEach
    void close() throws Exception {
        schedulers.close();
    }

    @Test
    void tasksRunFromRequestToEndAcrossARestartAndAnInputThatBreaksTheCore() throws Exception {
        SchedulerApp first = schedulers.start(cluster, stateDir, input -> {
            if (input.value() instanceof TaskRequest request
                    && request.getTaskId().equals("poison")) {
                throw new IllegalStateException("a fault of the core");
            }
        });
        ScriptedAgent agent = schedulers.agent(cluster, POOL);
        submit(0, 20);
        cluster.send(Records.request(POOL, "poison").build());
        submit(20, 40);
        awaitFinished(cluster, 40);
        first.close();
        submit(40, 60);

        schedulers.start(cluster, stateDir);

        awaitFinished(cluster, 60);
        assertThat(agent.launches())
                .extracting(launch -> launch.getRequest().getTaskId() + "/" + launch.getAttempt())
                .hasSize(60)
                .doesNotHaveDuplicates();
        assertThat(cluster.statuses("t30")).extracting(TaskStatus::getSequence).containsExactly(1L, 2L, 3L, 4L);
        assertThat(cluster.read(Topic.DEAD_LETTERS, DeadLetter.class))
                .extracting(DeadLetter::getReason)
                .containsExactly(DeadLetterReason.POISON);
        assertReplays(cluster);
    }

    private void submit(int from, int to) {
        for (int i = from; i < to; i++) {
            cluster.send(Records.request(POOL, "t" + i).build());
        }
    }
}
