package dev.millrace.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
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
}
