package dev.millrace.agent;

import static dev.millrace.agent.ScriptedScheduler.awaiting;
import static dev.millrace.agent.ScriptedScheduler.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.client.ClusterConfig;
import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import dev.millrace.local.BrokerSettings;
import dev.millrace.local.EmbeddedBroker;
import dev.millrace.local.FreePorts;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerOutageTest {
    private static final long SHORT_LEASE_MS = 1_000;

    @TempDir
    private Path directory;

    private FakeRunner runner;

    @Test
    void outlivesTheBrokersAbsenceWithoutLosingAReport() throws Exception {
        BrokerSettings settings = BrokerSettings.in(directory.resolve("broker"));
        EmbeddedBroker broker = EmbeddedBroker.start(settings);
        int port = broker.port();
        try (ScriptedScheduler scheduler = new ScriptedScheduler(broker.bootstrapServers(), "outage.");
                Agent agent = agent(broker.bootstrapServers())) {
            agent.start();
            AgentRegistered registered = scheduler.accepted("a", 0);
            scheduler.launch(registered, request("t", "true"));
            awaiting().until(() -> runner.launched().contains("t"));
            scheduler.accept(registered, ScriptedScheduler.INTERVAL_MS, SHORT_LEASE_MS);
            // What comes behind it shows that it was taken.
            scheduler.kill(registered, "unknown");
            awaiting().until(() -> runner.killed().contains("unknown"));

            broker.close();
            CompletableFuture<?> published = runner.finish("t").toCompletableFuture();
            awaiting().until(() -> !runner.holdsLease());
            int heartbeats = scheduler.events(AgentHeartbeat.class).size();
            broker = EmbeddedBroker.start(settings.withPort(port));

            awaiting().until(published::isDone);
            assertThat(published).isCompleted();
            scheduler.await(TaskReport.class, r -> r.getState() == TaskState.TASK_FINISHED);
            awaiting().until(() -> scheduler.events(AgentHeartbeat.class).size() > heartbeats + 2);
            awaiting().until(() -> runner.holdsLease());
            scheduler.accept(registered);
            scheduler.launch(registered, request("later", "true"));
            awaiting().until(() -> runner.launched().contains("later"));
            assertThat(scheduler.events(AgentRegistered.class)).last().isEqualTo(registered);
            assertThat(scheduler.events(TaskReport.class)).noneMatch(r -> r.getReason() == Reason.REASON_LEASE_EXPIRED);
        } finally {
            broker.close();
        }
    }

    @Test
    void waitsForABrokerAndTopicsThatAreNotThereYet() throws Exception {
        int port = FreePorts.next();
        String bootstrapServers = "localhost:" + port;
        try (Agent agent = agent(bootstrapServers)) {
            CompletableFuture<AgentStopped> stopped = new CompletableFuture<>();
            agent.onStopped(stopped::complete);
            agent.start();
            CompletableFuture<?> published =
                    runner.finish("of an earlier agent").toCompletableFuture();
            assertThat(agent.awaitRegistered(Duration.ofMillis(200))).isFalse();

            BrokerSettings settings =
                    BrokerSettings.in(directory.resolve("broker")).withPort(port);
            try (EmbeddedBroker broker = EmbeddedBroker.start(settings);
                    ScriptedScheduler scheduler = new ScriptedScheduler(broker.bootstrapServers(), "outage.")) {
                scheduler.accept(scheduler.registrationAfter("a", 0));

                assertThat(agent.awaitRegistered(Duration.ofSeconds(20))).isTrue();
                awaiting().until(published::isDone);
                assertThat(scheduler.events().get(0)).isInstanceOf(TaskReport.class);
                assertThat(stopped).isNotDone();
                agent.close();
            }
        }
    }

    @Test
    void canBeClosedWhileThereIsNoBroker() throws Exception {
        Agent agent = agent("localhost:" + FreePorts.next());
        agent.start();

        long begunNs = System.nanoTime();
        agent.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begunNs)).isLessThan(Duration.ofSeconds(12));
        assertThat(runner.isClosed()).isTrue();
    }

    private Agent agent(String bootstrapServers) throws IOException {
        ClusterConfig cluster = new ClusterConfig(bootstrapServers, new Topics("outage."), Map.of());
        AgentConfig config = AgentConfig.of(cluster, directory.resolve("a")).withAgentId("a");
        return new Agent(config, (path, profile, sink) -> {
            runner = new FakeRunner(profile.agentId(), sink);
            return runner;
        });
    }
}
