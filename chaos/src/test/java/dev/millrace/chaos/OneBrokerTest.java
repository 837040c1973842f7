package dev.millrace.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.chaos.cluster.ClusterLayout;
import org.junit.jupiter.api.Test;

/** Everything that can be done to a cluster with one broker. How many kills there are is said by properties, the rest follows. */
class OneBrokerTest {
    @Test
    void losesNothingAndDoesNothingTwiceWhateverIsKilledStoppedCutOffOrFilled() throws Exception {
        ChaosReport report = TestRun.of(
                ClusterLayout.usual(),
                FaultCounts.of(TestRun.SCHEDULER_KILLS, TestRun.AGENT_KILLS, TestRun.BROKER_KILLS));

        assertThat(report.findings()).as(report.toString()).isEmpty();
    }
}
