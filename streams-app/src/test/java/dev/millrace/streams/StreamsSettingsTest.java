package dev.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamsSettingsTest {
    private static final SchedulerConfig CONFIG =
            SchedulerConfig.of("localhost:1", new Topics("test."), Path.of("state"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application.id",
                "bootstrap.servers",
                "admin.bootstrap.servers",
                "processing.guarantee",
                "num.standby.replicas",
                "commit.interval.ms",
                "group.protocol",
                "consumer.group.protocol",
                "main.consumer.group.protocol",
                "main.consumer.group.instance.id",
                "session.timeout.ms",
                "consumer.session.timeout.ms",
                "main.consumer.session.timeout.ms",
                "consumer.isolation.level",
                "restore.consumer.isolation.level",
                "processing.exception.handler",
                "production.exception.handler",
                "default.production.exception.handler",
                "deserialization.exception.handler",
                "default.deserialization.exception.handler",
                "producer.transactional.id",
                "producer.enable.idempotence"
            })
    void whatCorrectnessRestsOnOrAnOptionSaysCannotBeGiven(String setting) {
        assertThatThrownBy(() -> CONFIG.withKafka(Map.of(setting, "x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the Kafka setting " + setting);
    }

    @Test
    void allElseCanBeGivenAndGoesFirst() {
        SchedulerConfig config = CONFIG.withKafka(
                Map.of("producer.linger.ms", "5", "security.protocol", "SSL", "max.task.idle.ms", "7"));

        assertThat(StreamsSettings.of(config, "one", 1))
                .containsEntry("producer.linger.ms", "5")
                .containsEntry("security.protocol", "SSL")
                .containsEntry("max.task.idle.ms", "7")
                .containsEntry("main.consumer.group.instance.id", "one");
    }

    @Test
    void changelogsHaveAsManyReplicasAsTheInboundTopicsUnlessAnotherNumberIsGiven() {
        Properties three = StreamsSettings.of(CONFIG, "one", 3);
        Properties given = StreamsSettings.of(CONFIG.withKafka(Map.of("replication.factor", "2")), "one", 3);

        assertThat(StreamsSettings.changelogReplicas(three)).isEqualTo(3);
        assertThat(StreamsSettings.changelogReplicas(given)).isEqualTo(2);
    }

    @Test
    void aThreadThatHasNothingToDoStillCommitsInTime() {
        long pollMs = (long) StreamsSettings.of(CONFIG, "one", 1).get("poll.ms");

        assertThat(pollMs).isLessThan(CONFIG.commitInterval().toMillis());
    }

    @Test
    void aCommitComesLongBeforeItsTransactionTimesOut() {
        assertThatThrownBy(() -> new SchedulerConfig(
                        "localhost:1",
                        new Topics("test."),
                        Path.of("state"),
                        Optional.empty(),
                        1,
                        SchedulerConfig.DEFAULT_STANDBYS,
                        SchedulerConfig.DEFAULT_SESSION_TIMEOUT,
                        SchedulerConfig.DEFAULT_TICK_INTERVAL,
                        Duration.ofMillis(1_001),
                        Set.of(),
                        Map.of()))
                .hasMessage("commit-interval-ms is 1001; it may be 1 to 1000");
    }
}
