package dev.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;
import static org.assertj.core.api.InstanceOfAssertFactories.throwable;

import dev.millrace.contract.ConfigurePool;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.KillRequest;
import dev.millrace.contract.RemoveAgent;
import dev.millrace.contract.TaskRequest;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;

class MillraceClientTest {
    @Test
    void aRequestAndItsKillLieInThePoolsPartitionInOrder() throws Exception {
        try (TestCluster cluster = TestCluster.with("client");
                MillraceClient client = new MillraceClient(cluster.config)) {
            TaskRequest request = TestCluster.request("gpu", "a/0").build();
            int partition = Topics.partition("gpu", TestCluster.PARTITIONS);

            var submitted = client.submit(request);
            var killed = client.kill("gpu", "a/0", "not needed");

            assertThat(submitted.get().partition()).isEqualTo(partition);
            assertThat(submitted.get().topic()).isEqualTo(cluster.topics.name(Topic.TASK_REQUESTS));
            assertThat(killed.get().offset()).isEqualTo(submitted.get().offset() + 1);
            assertThat(read(cluster, Topic.TASK_REQUESTS, partition, 2))
                    .containsExactly(request, new KillRequest("gpu", "a/0", null, "", "not needed"));
        }
    }

    @Test
    void commandsGoToTheOperatorsTopic() throws Exception {
        try (TestCluster cluster = TestCluster.with("client");
                MillraceClient client = new MillraceClient(cluster.config)) {
            ConfigurePool configure = ConfigurePool.newBuilder()
                    .setPool("default")
                    .setMaxTasksPerAgent(10)
                    .build();
            RemoveAgent remove = new RemoveAgent("default", "agent-1", "ada", "burnt down", "");

            client.command(configure).get();
            client.command(remove).get();

            int partition = Topics.partition("default", TestCluster.PARTITIONS);
            assertThat(read(cluster, Topic.OPERATOR_CMDS, partition, 2)).containsExactly(configure, remove);
        }
    }

    @Test
    void refusesAnInvalidRequestWithAllItsFaults() {
        try (TestCluster cluster = TestCluster.without("client");
                MillraceClient client = new MillraceClient(cluster.config)) {
            TaskRequest request =
                    TestCluster.request("Big", "a/0").setPriority(900).build();

            assertThatThrownBy(() -> client.submit(request))
                    .asInstanceOf(throwable(InvalidRequestException.class))
                    .extracting(InvalidRequestException::faults)
                    .asInstanceOf(LIST)
                    .hasSize(2)
                    .contains("priority is 900: must be 0 to 100");
        }
    }

    @Test
    void refusesARequestThatIsTooLargeOrLacksAField() {
        try (TestCluster cluster = TestCluster.without("client");
                MillraceClient client = new MillraceClient(cluster.config)) {
            List<KeyValue> labels = new ArrayList<>();
            for (int i = 10; i < 20; i++) {
                labels.add(new KeyValue("label" + i, "x".repeat(32_000)));
            }

            assertThatThrownBy(() -> client.submit(TestCluster.request("default", "a")
                            .setLabels(labels)
                            .build()))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageMatching("invalid TaskRequest: it has 320\\d\\d\\d bytes: may have at most 262144");
            assertThatThrownBy(() -> client.kill(new KillRequest("default", null, null, "", "")))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("cannot encode KillRequest");
        }
    }

    @Test
    void saysWhatToDoWhenThereAreNoTopics() {
        try (TestCluster cluster = TestCluster.without("client");
                MillraceClient client = new MillraceClient(cluster.config)) {
            assertThatThrownBy(() -> client.submit(
                                    TestCluster.request("default", "a").build())
                            .get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(ClusterException.class)
                    .hasMessageContaining("create the topics with: millrace topics create");
            assertThatThrownBy(() -> client.statuses("default", Start.end()))
                    .isInstanceOf(ClusterException.class)
                    .hasMessageContaining("create the topics with: millrace topics create");
            try (TopicAdmin admin = new TopicAdmin(cluster.config)) {
                assertThat(admin.list()).as("nothing was made by asking").noneMatch(TopicAdmin.TopicInfo::exists);
            }
        }
    }

    private static List<SpecificRecord> read(TestCluster cluster, Topic topic, int partition, int count) {
        List<SpecificRecord> records = new ArrayList<>();
        try (RecordReader reader =
                new RecordReader(cluster.config, topic, partitions -> List.of(partition), Start.beginning())) {
            while (records.size() < count) {
                reader.poll(Duration.ofMillis(100), records::add);
            }
        }
        return records;
    }
}
