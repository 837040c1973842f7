package dev.millrace.chaos.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.local.BrokerSettings;
import dev.millrace.local.ExtraListener;
import dev.millrace.local.QuorumNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BrokerMainTest {
    @Test
    void readsFromItsArgumentsWhatWasWrittenToThem() {
        BrokerSettings alone =
                BrokerSettings.in(Path.of("data")).withPort(9001).with(new ExtraListener("A1", 9002, 9003));
        BrokerSettings oneOfThree = alone.in(new QuorumNode(2, "c", new TreeMap<>(Map.of(1, 9011, 2, 9012, 3, 9013))));

        assertThat(BrokerMain.settings(BrokerMain.arguments(alone))).isEqualTo(alone);
        assertThat(BrokerMain.settings(BrokerMain.arguments(oneOfThree))).isEqualTo(oneOfThree);
    }
}
