package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.junit.jupiter.api.Test;

class TopicsTest {
    private final Topics topics = new Topics(Topics.DEFAULT_PREFIX);

    @Test
    void eachTopicIsFoundByItsWholeName() {
        for (Topic topic : Topic.values()) {
            assertThat(topics.topic("millrace." + topic.topicName())).contains(topic);
            assertThat(Topic.named(topic.topicName())).contains(topic);
        }
        assertThat(topics.topic("task-requests")).isEmpty();
        assertThat(topics.topic(topics.changelog(Store.TASKS))).isEmpty();
    }

    @Test
    void aPrefixThatNoTopicCouldHaveIsRefused() {
        assertThatThrownBy(() -> new Topics("a b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'a b'");
        assertThat(new Topics("").name(Topic.INTERNAL)).isEqualTo("internal");
    }

    @Test
    void aCommandNamesTheClusterThatItIsAbout() {
        assertThat(new Topics(Topics.DEFAULT_PREFIX).command("recover", "kafka:9092"))
                .isEqualTo("millrace recover --bootstrap-server kafka:9092");
        assertThat(new Topics("other.").command("topics create", "kafka:9092"))
                .isEqualTo("millrace topics create --bootstrap-server kafka:9092 --prefix other.");
        assertThat(new Topics("").command("recover", "kafka:9092")).endsWith(" --prefix ''");
    }

    @Test
    void aKeyLiesWhereKafkasOwnPartitionerPutsIt() {
        for (String key : List.of("default", "gpu", "a", "pool-17", "ä")) {
            assertThat(Topics.partition(key, 16))
                    .isEqualTo(BuiltInPartitioner.partitionForKey(key.getBytes(StandardCharsets.UTF_8), 16));
        }
    }

    @Test
    void eachTypeBelongsOnOneTopic() {
        Set<Class<?>> seen = new HashSet<>();
        for (Topic topic : Topic.values()) {
            for (Class<?> type : topic.types()) {
                assertThat(seen.add(type)).as(type.getSimpleName()).isTrue();
            }
        }
    }

    @Test
    void noTopicTakesARecordThatItsBrokerWouldRefuse() {
        for (Topic topic : Topic.values()) {
            int maxMessageBytes = Integer.parseInt(topic.settings().get("max.message.bytes"));
            assertThat(topic.maxRecordBytes()).isLessThanOrEqualTo(maxMessageBytes);
        }
    }

    @Test
    void inboundTopicsArePartitionedByPool() {
        assertThat(Topic.inbound()).allSatisfy(topic -> {
            assertThat(topic.key()).isEqualTo(Topic.Key.POOL);
            assertThat(topic.partitioning()).isEqualTo(Topic.Partitioning.POOL);
        });
        assertThat(Arrays.stream(Topic.values())
                        .map(topic -> topic.partitions(4))
                        .distinct())
                .containsExactlyInAnyOrder(4, 16, 1);
    }
}
