package dev.millrace.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class BrokerSettingsTest {

    private final BrokerSettings settings = BrokerSettings.in(Path.of("somewhere"));

    @Test
    void leavesStockBrokersToKafkasDefaultsButForTheReplicasThatOneNodeCannotHave() {
        assertThat(settings.stock().serverProperties()).isEqualTo(BrokerSettings.singleNode());
    }

    @Test
    void letsAnOverrideWinOverTheTuning() {
        String property = "broker.session.timeout.ms";

        assertThat(BrokerSettings.tuning()).containsKey(property);
        assertThat(settings.with(property, "7000").serverProperties()).containsEntry(property, "7000");
    }

    @Test
    void refusesWhatIsNoPort() {
        assertThatThrownBy(() -> settings.withPort(65_536)).hasMessageContaining("65536");
        assertThatThrownBy(() -> settings.withPort(-1)).hasMessageContaining("-1");
    }

    @Test
    void replicatesAsOneOfSeveral() {
        QuorumNode node = new QuorumNode(2, "cluster", new TreeMap<>(Map.of(1, 9001, 2, 9002, 3, 9003)));

        assertThat(settings.in(node).serverProperties())
                .containsEntry("min.insync.replicas", "2")
                .containsEntry("transaction.state.log.replication.factor", "3");
        assertThat(node.voters("here")).isEqualTo("1@here:9001,2@here:9002,3@here:9003");
    }

    @Test
    void refusesANodeThatHasNoController() {
        assertThatThrownBy(() -> new QuorumNode(4, "cluster", new TreeMap<>(Map.of(1, 9001))))
                .hasMessageContaining("4");
    }
}
