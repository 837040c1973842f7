package dev.millrace.streams;

import static dev.millrace.streams.Schedulers.OTHER_POOL;
import static dev.millrace.streams.Schedulers.POOL;
import static dev.millrace.streams.Schedulers.assertReplays;
import static dev.millrace.streams.Schedulers.awaitEnd;
import static dev.millrace.streams.Schedulers.awaitFinished;
import static dev.millrace.streams.Schedulers.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.PublishedSchema;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.TopicSchemaLookup;
import dev.millrace.streams.engine.StepInterceptor;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The scheduler on a real broker. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SchedulerAppTest {
    @TempDir
    Path stateDir;

    private final Schedulers schedulers = new Schedulers();

    @AfterEach
    void close() throws Exception {
        schedulers.close();
    }

    @Test
    void requestsBecomeLaunchesAndReportsBecomeStatusesAndAllOfItReplays() throws Exception {
        LiveCluster cluster = schedulers.cluster("lifecycle");
        schedulers.start(cluster, stateDir);
        ScriptedAgent agent = schedulers.agent(cluster, POOL);

        for (int i = 0; i < 50; i++) {
            cluster.send(Records.request(POOL, "t" + i).build());
        }
        awaitFinished(cluster, 50);

        assertThat(agent.launches()).hasSize(50);
        assertThat(cluster.statuses("t7"))
                .extracting(TaskStatus::getState)
                .containsExactly(
                        TaskState.TASK_QUEUED, TaskState.TASK_STAGING, TaskState.TASK_RUNNING, TaskState.TASK_FINISHED);
        assertReplays(cluster);
    }

    @Test
    void metricsAboutFrameworksCanBeReadOverJmx() throws Exception {
        LiveCluster cluster = schedulers.cluster("metrics");
        schedulers.start(cluster, stateDir);
        cluster.send(Records.registered(POOL, "a", 1));
        cluster.send(Records.subscribe(POOL, "spark", 7));

        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName offers = new ObjectName("kafka.streams:type=millrace-frameworks,thread-id=*,partition=*");
        waiting().until(() -> server.queryNames(offers, null).stream().anyMatch(bean -> isOne(server, bean)));
    }

    private static boolean isOne(MBeanServer server, ObjectName bean) {
        try {
            return server.getAttribute(bean, "offers-out").equals(1.0);
        } catch (InstanceNotFoundException e) {
            return false; // The partition was taken away since the name was found, and comes again.
        } catch (JMException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRecordSentByAnotherPartitionerTakesEffectAndSoDoesItsKill() throws Exception {
        LiveCluster cluster = schedulers.cluster("redirect");
        schedulers.start(cluster, stateDir);

        cluster.send(0, Records.request(OTHER_POOL, "t").build());
        cluster.send(0, Records.kill(OTHER_POOL, "t"));

        awaitEnd(cluster, "t", TaskState.TASK_KILLED);
        assertThat(cluster.statuses("t"))
                .extracting(TaskStatus::getState)
                .containsExactly(TaskState.TASK_QUEUED, TaskState.TASK_KILLED);
        assertReplays(cluster);
    }

    @Test
    void offsetsThatAreSetBackToTheBeginningRunNothingAgain() throws Exception {
        LiveCluster cluster = schedulers.cluster("rewind");
        SchedulerApp first = schedulers.start(cluster, stateDir);
        ScriptedAgent agent = schedulers.agent(cluster, POOL);
        for (int i = 0; i < 20; i++) {
            cluster.send(Records.request(POOL, "t" + i).build());
        }
        awaitFinished(cluster, 20);
        first.close();
        cluster.awaitCommitted();
        int statuses = cluster.read(Topic.TASK_STATUS, TaskStatus.class).size();

        resetOffsets(cluster);
        schedulers.start(cluster, stateDir);
        cluster.send(Records.request(POOL, "after").build());
        awaitEnd(cluster, "after", TaskState.TASK_FINISHED);

        assertThat(cluster.read(Topic.TASK_STATUS, TaskStatus.class)).hasSize(statuses + 4);
        assertThat(agent.launches())
                .extracting(LaunchTask::getAttempt)
                .hasSize(21)
                .containsOnly(1);
        assertReplays(cluster);
    }

    @Test
    void aSchedulerThatIsStartedAgainKnowsWhatWasQueued() throws Exception {
        LiveCluster cluster = schedulers.cluster("restart");
        SchedulerApp first = schedulers.start(cluster, stateDir);
        for (int i = 0; i < 20; i++) {
            cluster.send(Records.request(POOL, "t" + i).build());
        }
        waiting().until(() -> cluster.statuses("t19").size() == 1);
        first.close();
        cluster.send(Records.request(POOL, "meanwhile").build());

        schedulers.start(cluster, stateDir);
        ScriptedAgent agent = schedulers.agent(cluster, POOL);

        awaitEnd(cluster, "meanwhile", TaskState.TASK_FINISHED);
        assertThat(agent.launches())
                .extracting(launch -> launch.getRequest().getTaskId())
                .startsWith("t0", "t1", "t2")
                .hasSize(21);
        assertReplays(cluster);
    }

    @Test
    void oneWithAClientIdOfItsOwnRuns() throws Exception {
        LiveCluster cluster = schedulers.cluster("client-id");

        schedulers.start(cluster.config(stateDir).withKafka(Map.of("client.id", "mine")), StepInterceptor.NONE);

        cluster.send(Records.request(POOL, "t").build());
        waiting().until(() -> !cluster.statuses("t").isEmpty());
    }

    @Test
    void theSchemasArePublishedBeforeAnythingIsDecided() throws Exception {
        LiveCluster cluster = schedulers.cluster("schemas");

        schedulers.start(cluster, stateDir);

        try (TopicSchemaLookup lookup = new TopicSchemaLookup(cluster.consumerSettings(), cluster.topics())) {
            for (PublishedSchema schema : PublishedSchema.all()) {
                long fingerprint = Long.reverseBytes(HexFormat.fromHexDigitsToLong(schema.fingerprint()));
                assertThat(lookup.find(fingerprint)).map(Schema::getName).contains(schema.recordName());
            }
        }
    }

    private static void resetOffsets(LiveCluster cluster) throws Exception {
        try (Admin admin = cluster.admin()) {
            Map<TopicPartition, OffsetSpec> earliest = new HashMap<>();
            for (Topic topic : Topic.inbound()) {
                for (int partition = 0; partition < cluster.partitions(); partition++) {
                    earliest.put(new TopicPartition(cluster.topics().name(topic), partition), OffsetSpec.earliest());
                }
            }
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            admin.listOffsets(earliest)
                    .all()
                    .get()
                    .forEach((p, info) -> offsets.put(p, new OffsetAndMetadata(info.offset())));
            // A static member stays in the group until its session has timed out; only an empty group's offsets can be
            // set.
            waiting().ignoreExceptions().until(() -> {
                admin.alterConsumerGroupOffsets(cluster.topics().applicationId(), offsets)
                        .all()
                        .get();
                return true;
            });
        }
    }
}
