package dev.millrace.streams;

import static dev.millrace.streams.Schedulers.POOL;
import static dev.millrace.streams.Schedulers.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.schemas.Topic;
import dev.millrace.streams.engine.StepInterceptor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the scheduler says of topics that are not as they should be, at the start and later. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SchedulerTopicsTest {
    @TempDir
    Path stateDir;

    private final Schedulers schedulers = new Schedulers();

    @AfterEach
    void close() throws Exception {
        schedulers.close();
    }

    @Test
    void missingTopicsAreNamedAtTheStart() throws Exception {
        LiveCluster cluster = schedulers.cluster("missing");
        cluster.delete(Topic.TASK_LAUNCHES, Topic.JOURNAL);
        SchedulerApp app = schedulers.notStarted(cluster.config(stateDir), StepInterceptor.NONE);

        assertThatThrownBy(app::start)
                .isInstanceOf(SchedulerException.class)
                .hasMessageContainingAll(
                        cluster.topics().name(Topic.TASK_LAUNCHES),
                        cluster.topics().name(Topic.JOURNAL),
                        "millrace topics create");
    }

    @Test
    void aWrongNumberOfPartitionsIsNamedAtTheStart() throws Exception {
        LiveCluster cluster = schedulers.cluster("partitions");
        String topic = cluster.topics().name(Topic.AGENT_EVENTS);
        try (Admin admin = cluster.admin()) {
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5)))
                    .all()
                    .get();
            waiting()
                    .until(() -> admin.describeTopics(List.of(topic))
                                    .allTopicNames()
                                    .get()
                                    .get(topic)
                                    .partitions()
                                    .size()
                            == 5);
        }
        SchedulerApp app = schedulers.notStarted(cluster.config(stateDir), StepInterceptor.NONE);

        assertThatThrownBy(app::start)
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining(topic + " has 5 partitions and must have 2");
    }

    @Test
    void aTopicThatWasMadeAnewStopsTheSchedulerUntilItIsAccepted() throws Exception {
        LiveCluster cluster = schedulers.cluster("recreated");
        SchedulerApp first = schedulers.start(cluster, stateDir);
        cluster.send(Records.request(POOL, "t").build());
        waiting().until(() -> cluster.statuses("t").size() == 1);
        first.close();
        cluster.delete(Topic.TASK_REQUESTS);
        String newId = cluster.create(Topic.TASK_REQUESTS);
        cluster.send(Records.request(POOL, "u").build());

        SchedulerApp stopping = schedulers.begin(cluster.config(stateDir), StepInterceptor.NONE);

        assertThat(stopping.stopped().get(60, TimeUnit.SECONDS))
                .hasValueSatisfying(why -> assertThat(why)
                        .contains("task-requests was deleted and made anew", "--accept-topic-id " + newId));
        stopping.close();
        schedulers.begin(cluster.config(stateDir).withAcceptedTopicIds(Set.of(newId)), StepInterceptor.NONE);
        waiting().until(() -> cluster.statuses("u").size() == 1);
    }

    @Test
    void aTopicThatIsMadeAnewMeanwhileStopsTheSchedulerAndWhatIsInItIsNotSkipped() throws Exception {
        LiveCluster cluster = schedulers.cluster("meanwhile");
        SchedulerApp first = schedulers.start(cluster, stateDir);
        for (int i = 0; i < 10; i++) {
            cluster.send(Records.request(POOL, "old" + i).build());
        }
        waiting().until(() -> cluster.statuses("old9").size() == 1);

        cluster.delete(Topic.TASK_REQUESTS);
        String newId = cluster.create(Topic.TASK_REQUESTS);
        waiting()
                .ignoreExceptions()
                .until(() -> cluster.send(Records.request(POOL, "new").build()).offset() >= 0);

        assertThat(first.stopped().get(60, TimeUnit.SECONDS))
                .hasValueSatisfying(why -> assertThat(why).contains("the topic task-requests was deleted"));
        first.close();
        schedulers.begin(cluster.config(stateDir).withAcceptedTopicIds(Set.of(newId)), StepInterceptor.NONE);
        waiting().until(() -> cluster.statuses("new").size() == 1);
    }

    @Test
    void aTopicThatIsMadeAnewIsNoticedEvenIfNothingIsInIt() throws Exception {
        LiveCluster cluster = schedulers.cluster("idle");
        SchedulerApp app = schedulers.start(cluster, stateDir);

        cluster.delete(Topic.OPERATOR_CMDS);
        cluster.create(Topic.OPERATOR_CMDS);

        assertThat(app.stopped().get(60, TimeUnit.SECONDS))
                .hasValueSatisfying(why -> assertThat(why).contains("the topic operator-cmds was deleted"));
        assertThatThrownBy(() -> app.awaitRunning(LiveCluster.PATIENCE)).isInstanceOf(SchedulerException.class);
    }

    @Test
    void aTopicThatIsDeletedMeanwhileStopsTheScheduler() throws Exception {
        LiveCluster cluster = schedulers.cluster("deleted");
        SchedulerApp app = schedulers.start(cluster, stateDir);

        cluster.delete(Topic.TASK_REQUESTS);

        assertThat(app.stopped().get(60, TimeUnit.SECONDS))
                .hasValueSatisfying(why -> assertThat(why)
                        .contains(
                                "the topic task-requests was deleted: there is no "
                                        + cluster.topics().name(Topic.TASK_REQUESTS),
                                "millrace topics create"));
    }

    @Test
    void settingsThatWouldLoseRecordsAreAllNamedAtTheStart() throws Exception {
        LiveCluster cluster = schedulers.cluster("settings");
        String requests = cluster.topics().name(Topic.TASK_REQUESTS);
        String status = cluster.topics().name(Topic.TASK_STATUS);
        set(cluster, requests, "message.timestamp.type", "CreateTime");
        set(cluster, requests, "cleanup.policy", "compact");
        set(cluster, status, "max.message.bytes", "100000");
        set(cluster, status, "retention.ms", "1000");
        SchedulerApp app = schedulers.notStarted(cluster.config(stateDir), StepInterceptor.NONE);

        assertThatThrownBy(app::start)
                .isInstanceOf(SchedulerException.class)
                .hasMessageContainingAll(
                        requests + " has message.timestamp.type=CreateTime and must have LogAppendTime",
                        requests + " has cleanup.policy=compact and must have delete",
                        status + " has max.message.bytes=100000 and must have at least 1048588",
                        "kafka-configs.sh")
                .hasMessageNotContaining("retention");
    }

    private static void set(LiveCluster cluster, String topic, String setting, String value) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = cluster.admin()) {
            admin.incrementalAlterConfigs(Map.of(
                            resource,
                            List.of(new AlterConfigOp(new ConfigEntry(setting, value), AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
            waiting()
                    .until(() -> admin.describeConfigs(List.of(resource))
                            .all()
                            .get()
                            .get(resource)
                            .get(setting)
                            .value()
                            .equals(value));
        }
    }
}
