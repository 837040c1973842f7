package dev.millrace.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.client.ClusterConfig;
import dev.millrace.schemas.Topics;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LinkSettingsTest {

    @Test
    void keepsWhatTheProtocolRestsOnWhateverIsConfigured() {
        LinkSettings settings = settings(Map.of(
                "acks", "1",
                "isolation.level", "read_uncommitted",
                "auto.offset.reset", "latest",
                "max.block.ms", "60000",
                "delivery.timeout.ms", "1000"));

        assertThat(settings.producerProperties())
                .containsEntry("acks", "all")
                .containsEntry("enable.idempotence", true)
                .containsEntry("max.block.ms", 0)
                .containsEntry("delivery.timeout.ms", Integer.MAX_VALUE);
        assertThat(settings.consumerProperties())
                .containsEntry("isolation.level", "read_committed")
                .containsEntry("auto.offset.reset", "none");
    }

    @Test
    void putsConfiguredKafkaPropertiesBeforeItsOwnChoices() {
        LinkSettings settings = settings(Map.of("linger.ms", "7", "fetch.max.wait.ms", "100"));

        assertThat(settings.producerProperties()).containsEntry("linger.ms", "7");
        assertThat(settings.consumerProperties()).containsEntry("fetch.max.wait.ms", "100");
    }

    private static LinkSettings settings(Map<String, Object> kafkaProperties) {
        ClusterConfig cluster = new ClusterConfig("localhost:1", new Topics("p."), kafkaProperties);
        return new LinkSettings(cluster, "c", LinkSettings.Tuning.ONE_AGENT);
    }
}
