package dev.millrace.agent.sim;

import static dev.millrace.agent.ScriptedScheduler.awaiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.agent.ScriptedScheduler;
import dev.millrace.local.TestBroker;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SimulatedAgentsTest {
    private ScriptedScheduler cluster;

    @BeforeEach
    void createCluster() {
        cluster = new ScriptedScheduler("sim");
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void playsManyAgentsThatRunEveryTaskOnce() throws Exception {
        SimulationConfig config = config("300", "uniform:0ms-20ms").withMisfortunes(0.25, Mishaps.NONE);
        try (FloodScheduler scheduler = scheduler(4, 5_000);
                SimulatedAgents agents = new SimulatedAgents(config)) {
            agents.start();

            assertThat(agents.awaitRegistered(Duration.ofSeconds(30))).isTrue();
            awaiting().until(() -> scheduler.ended() == 5_000);

            SimulatedAgents.Stats stats = agents.stats();
            assertThat(stats.active()).isEqualTo(300);
            assertThat(stats.launched()).isEqualTo(5_000);
            assertThat(stats.finished() + stats.failed()).isEqualTo(5_000);
            assertThat(stats.failed()).isBetween(1_000L, 1_500L);
            assertThat(stats.running()).isZero();
            assertThat(agents.failure()).isEmpty();
        }
    }

    @Test
    void goesOnWithItsTasksAfterMishapsAndLosesNone() throws Exception {
        Duration often = Duration.ofMillis(500);
        SimulationConfig config =
                config("20", "50ms").withMisfortunes(0, new Mishaps(often, often, Duration.ofMillis(100)));
        try (FloodScheduler scheduler = scheduler(1, Long.MAX_VALUE);
                SimulatedAgents agents = new SimulatedAgents(config)) {
            agents.start();

            awaiting().until(() -> scheduler.registrations() > 60);
            awaiting().until(() -> agents.stats().finished() > 500);

            assertThat(agents.failure()).isEmpty();
            assertThat(agents.stats().fenced()).isZero();
        }
    }

    @Test
    void refusesMoreAgentsThanOneProcessPlays() {
        assertThatThrownBy(() -> config("20001", "1s"))
                .hasMessageContaining("one process plays 1 to 20000 agents, not 20001");
        assertThatThrownBy(() -> SimulationConfig.of(cluster.cluster(), List.of(), RunTime.parse("1s")))
                .hasMessageContaining("not 0");
    }

    private FloodScheduler scheduler(int tasksPerAgent, long tasks) {
        return new FloodScheduler(
                TestBroker.bootstrapServers(), cluster.cluster().topics(), tasksPerAgent, tasks);
    }

    private SimulationConfig config(String fleet, String runTime) {
        return SimulationConfig.of(cluster.cluster(), List.of(Fleet.parse(fleet)), RunTime.parse(runTime));
    }
}
