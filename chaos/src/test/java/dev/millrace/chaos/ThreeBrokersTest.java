package dev.millrace.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.chaos.cluster.ClusterLayout;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Kills of brokers that keep all records three times, so that others take over while one is away. */
class ThreeBrokersTest {
    @Test
    void losesNothingAndDoesNothingTwiceWhenLeadersChange() throws Exception {
        ChaosReport report = TestRun.of(
                ClusterLayout.replicated(),
                Map.of(
                        FaultKind.BROKER_KILL,
                        TestRun.BROKER_KILLS,
                        FaultKind.BROKER_SUSPEND,
                        TestRun.BROKER_KILLS / 5,
                        FaultKind.SCHEDULER_KILL,
                        TestRun.SCHEDULER_KILLS / 5,
                        FaultKind.AGENT_KILL,
                        TestRun.AGENT_KILLS / 5));

        assertThat(report.findings()).as(report.toString()).isEmpty();
    }
}
