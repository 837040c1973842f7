package dev.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.local.TestBroker;
import dev.millrace.schemas.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;

class NewTopicsTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Topics topics = new Topics(TestBroker.newPrefix("new-topics"));
    private final ClusterConfig config = new ClusterConfig(TestBroker.bootstrapServers(), topics, Map.of());

    @Test
    void waitsAlsoForTopicsThatTheBrokersHaveNotBeenToldOf() throws Exception {
        String topic = topics.prefix() + "late";
        try (Admin admin = Admin.create(config.adminProperties());
                Admin waiting = Admin.create(config.adminProperties())) {
            CompletableFuture<Void> served =
                    CompletableFuture.runAsync(() -> NewTopics.awaitServed(waiting, List.of(topic), LONG));

            admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();

            served.get(LONG.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void givesUpOnTopicsThatNobodyMakesAfterTheTimeout() {
        Duration timeout = Duration.ofMillis(200);
        try (Admin admin = Admin.create(config.adminProperties())) {
            long beganNs = System.nanoTime();

            assertThatThrownBy(() -> NewTopics.awaitServed(admin, List.of(topics.prefix() + "never"), timeout))
                    .isInstanceOf(ClusterException.class)
                    .hasMessageStartingWith("the new topics are not served");

            assertThat(Duration.ofNanos(System.nanoTime() - beganNs)).isGreaterThanOrEqualTo(timeout);
        }
    }
}
