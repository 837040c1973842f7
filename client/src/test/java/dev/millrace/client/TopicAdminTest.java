package dev.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.local.TestBroker;
import dev.millrace.schemas.PublishedSchema;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.TopicSchemaLookup;
import dev.millrace.schemas.Topics;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;

class TopicAdminTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Topics topics = new Topics(TestBroker.newPrefix("topic-admin"));
    private final ClusterConfig config = new ClusterConfig(TestBroker.bootstrapServers(), topics, Map.of());

    @Test
    void makesAllTopicsAsTheCatalogueHasThem() {
        try (TopicAdmin admin = new TopicAdmin(config)) {
            List<String> made = admin.create(3, 1);

            assertThat(made).hasSize(Topic.values().length).contains(topics.name(Topic.TASK_REQUESTS));
            assertThat(admin.check()).isEmpty();
            assertThat(admin.check(OptionalInt.of(3))).isEmpty();
            assertThat(admin.list()).hasSize(Topic.values().length).allSatisfy(info -> {
                assertThat(info.partitions()).isEqualTo(info.topic().partitions(3));
                assertThat(info.replicationFactor()).isEqualTo(1);
                assertThat(info.settings()).isEqualTo(info.topic().settings());
            });
        }
    }

    @Test
    void makingThemAgainChangesNothing() {
        try (TopicAdmin admin = new TopicAdmin(config)) {
            admin.create(2, 1);
            long schemas = schemasPublished();

            assertThat(admin.create(2, 1)).isEmpty();
            assertThat(admin.check(OptionalInt.of(2))).isEmpty();
            assertThat(schemas).isEqualTo(PublishedSchema.all().size());
            assertThat(schemasPublished()).isEqualTo(schemas);
        }
    }

    @Test
    void refusesAnotherNumberOfPartitionsThanIsThere() throws Exception {
        try (TopicAdmin admin = new TopicAdmin(config);
                Admin kafka = Admin.create(config.adminProperties())) {
            admin.create(2, 1);
            String requests = topics.name(Topic.TASK_REQUESTS);

            assertThatThrownBy(() -> admin.create(5, 1))
                    .isInstanceOf(ClusterException.class)
                    .hasMessageContainingAll(
                            "cannot be made with 5 partitions",
                            requests + " has 2 partitions, not 5",
                            "the number cannot be changed");

            delete(kafka, Topic.JOURNAL);
            assertThatThrownBy(() -> admin.create(5, 1)).isInstanceOf(ClusterException.class);
            assertThat(admin.check()).containsExactly(topics.name(Topic.JOURNAL) + " is missing");
            assertThat(admin.create(2, 1)).containsExactly(topics.name(Topic.JOURNAL));
        }
    }

    @Test
    void namesEveryDifference() throws Exception {
        try (TopicAdmin admin = new TopicAdmin(config);
                Admin kafka = Admin.create(config.adminProperties())) {
            admin.create(2, 1);
            String journal = topics.name(Topic.JOURNAL);
            String status = topics.name(Topic.TASK_STATUS);
            kafka.createPartitions(Map.of(status, NewPartitions.increaseTo(3)))
                    .all()
                    .get();
            kafka.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, journal),
                            List.of(set("retention.ms", "60000"), set("message.timestamp.type", "CreateTime"))))
                    .all()
                    .get();
            delete(kafka, Topic.DEAD_LETTERS);

            assertThat(admin.check())
                    .containsExactly(
                            status + " has 3 partitions: must have 2",
                            journal + " has message.timestamp.type=CreateTime: must have LogAppendTime",
                            journal + " has retention.ms=60000: must have 604800000",
                            topics.name(Topic.DEAD_LETTERS) + " is missing");
            assertThat(admin.check(OptionalInt.of(4)))
                    .contains(topics.name(Topic.TASK_LAUNCHES) + " has 8 partitions: must have 16");
        }
    }

    @Test
    void everyTopicIsMissingBeforeItIsMade() {
        try (TopicAdmin admin = new TopicAdmin(config)) {
            assertThat(admin.check())
                    .hasSize(Topic.values().length)
                    .contains(topics.name(Topic.TASK_REQUESTS) + " is missing");
            assertThat(admin.list()).noneMatch(TopicAdmin.TopicInfo::exists);
        }
    }

    @Test
    void publishesTheSchemasForReadersThatDoNotHaveThem() {
        try (TopicAdmin admin = new TopicAdmin(config);
                TopicSchemaLookup lookup = new TopicSchemaLookup(config.consumerProperties(), topics)) {
            admin.create(1, 1);

            for (PublishedSchema schema : PublishedSchema.all()) {
                long fingerprint = Long.reverseBytes(HexFormat.fromHexDigitsToLong(schema.fingerprint()));
                assertThat(lookup.find(fingerprint)).map(Schema::getName).contains(schema.recordName());
            }
            assertThat(lookup.find(0)).isEmpty();
        }
    }

    @Test
    void refusesNumbersThatMakeNoSense() {
        try (TopicAdmin admin = new TopicAdmin(config)) {
            assertThatThrownBy(() -> admin.create(0, 1)).hasMessage("partitions is 0: must be 1 to 1000");
            assertThatThrownBy(() -> admin.create(1, 2))
                    .isInstanceOf(ClusterException.class)
                    .hasMessageContaining("cannot make the topic " + topics.name(Topic.TASK_REQUESTS));
        }
    }

    /** Deletes a topic, and waits until the broker knows of it, and so of all that was changed before: it learns of changes in their order. */
    private void delete(Admin kafka, Topic deleted) throws Exception {
        String name = topics.name(deleted);
        kafka.deleteTopics(List.of(name)).all().get();
        await().atMost(LONG).until(() -> !kafka.listTopics().names().get().contains(name));
    }

    private long schemasPublished() {
        TopicPartition partition = new TopicPartition(topics.name(Topic.SCHEMAS), 0);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config.consumerProperties())) {
            return consumer.endOffsets(List.of(partition)).get(partition);
        }
    }

    private static AlterConfigOp set(String setting, String value) {
        return new AlterConfigOp(new ConfigEntry(setting, value), AlterConfigOp.OpType.SET);
    }
}
