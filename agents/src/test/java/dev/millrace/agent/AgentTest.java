package dev.millrace.agent;

import static dev.millrace.agent.ScriptedScheduler.awaiting;
import static dev.millrace.agent.ScriptedScheduler.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.client.ClusterConfig;
import dev.millrace.contract.AgentHeartbeat;
import dev.millrace.contract.AgentLeaving;
import dev.millrace.contract.AgentRegistered;
import dev.millrace.contract.AgentTask;
import dev.millrace.contract.KeyValue;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import dev.millrace.contract.Reason;
import dev.millrace.contract.Reservation;
import dev.millrace.contract.TaskReport;
import dev.millrace.contract.TaskState;
import dev.millrace.local.TestBroker;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentTest {
    @TempDir
    private Path directory;

    private ScriptedScheduler scheduler;
    private final List<Agent> agents = new ArrayList<>();
    private FakeRunner runner;

    @BeforeEach
    void createCluster() {
        scheduler = new ScriptedScheduler("agent");
    }

    @AfterEach
    void close() {
        agents.forEach(Agent::close);
        scheduler.close();
    }

    @Test
    void registersWithWhatItIsAndHas() throws Exception {
        Agent agent = start("a");

        AgentRegistered registered = scheduler.registrationAfter("a", 0);

        assertThat(registered.getPool()).isEqualTo("default");
        assertThat(registered.getLaunchPartition())
                .isEqualTo(Topics.partition("a", ScriptedScheduler.LAUNCH_PARTITIONS));
        assertThat(registered.getWorkDirId()).hasSize(32);
        assertThat(registered.getResources().getCpuMillis()).isEqualTo(2_500);
        assertThat(registered.getResources().getMemMib()).isPositive();
        assertThat(registered.getResources().getPorts()).isEqualTo(HostInfo.USUAL_PORTS);
        assertThat(registered.getReservations())
                .extracting(Reservation::getRole, Reservation::getLabels)
                .containsExactly(tuple("search", List.of(new KeyValue("team", "a"))));
        assertThat(registered.getAttributes()).extracting(a -> a.getKey()).contains("agent", "arch", "os", "rack");
        assertThat(registered.getTasks()).isEmpty();
        assertThat(agent.awaitRegistered(Duration.ofMillis(1))).isFalse();
    }

    @Test
    void isRegisteredOnceTheSchedulerAcceptsAndThenSendsHeartbeats() throws Exception {
        Agent agent = start("a");
        AgentRegistered registered = scheduler.registrationAfter("a", 0);

        scheduler.accept(registered);

        assertThat(agent.awaitRegistered(Duration.ofSeconds(10))).isTrue();
        AgentHeartbeat heartbeat = scheduler.await(AgentHeartbeat.class, h -> true);
        assertThat(heartbeat.getIncarnation()).isEqualTo(registered.getIncarnation());
        assertThat(heartbeat.getLaunchPartition()).isEqualTo(registered.getLaunchPartition());
    }

    @Test
    void readsItsLaunchesFromWhereTheyEndedWhenItRegistered() throws Exception {
        int partition = Topics.partition("a", ScriptedScheduler.LAUNCH_PARTITIONS);
        for (int i = 0; i < 10; i++) {
            scheduler.send(partition, "a", new byte[] {1, 2, 3});
        }
        AgentRegistered registered = startAccepted("a");

        scheduler.launch(registered, request("t", "true"));

        awaiting().until(() -> runner.launched().contains("t"));
    }

    @Test
    void runsWhatIsLaunchedAndPublishesItsReportsInOrder() throws Exception {
        AgentRegistered registered = startAccepted("a");

        scheduler.launch(registered, request("t", "true"));
        awaiting().until(() -> runner.launched().contains("t"));
        CompletableFuture<?> published = runner.finish("t").toCompletableFuture();

        awaiting().until(published::isDone);
        assertThat(published).isCompleted();
        scheduler.await(TaskReport.class, r -> r.getState() == TaskState.TASK_FINISHED);
        assertThat(scheduler.events(TaskReport.class))
                .extracting(TaskReport::getState)
                .containsExactly(TaskState.TASK_RUNNING, TaskState.TASK_FINISHED);
    }

    @Test
    void handsKillsToItsRunner() throws Exception {
        AgentRegistered registered = startAccepted("a");

        scheduler.kill(registered, "t");

        awaiting().until(() -> runner.killed().contains("t"));
    }

    @Test
    void ignoresLaunchesForAnEarlierIncarnation() throws Exception {
        AgentRegistered first = startAccepted("a");
        scheduler.registerAgain(first);
        AgentRegistered second = scheduler.registrationAfter("a", first.getIncarnation());
        scheduler.accept(second);

        scheduler.launch(first, request("stale", "true"));
        scheduler.launch(second, request("fresh", "true"));

        awaiting().until(() -> runner.launched().contains("fresh"));
        assertThat(runner.launched()).containsExactly("fresh");
    }

    @Test
    void registersAgainWhenItIsToldAndListsWhatItRuns() throws Exception {
        AgentRegistered first = startAccepted("a");
        scheduler.launch(first, request("t", "sleep 60"));
        awaiting().until(() -> runner.launched().contains("t"));

        scheduler.registerAgain(first);

        AgentRegistered second = scheduler.registrationAfter("a", first.getIncarnation());
        assertThat(second.getTasks()).extracting(AgentTask::getTaskId).containsExactly("t");
        assertThat(second.getWorkDirId()).isEqualTo(first.getWorkDirId());
    }

    @Test
    void neverListsAnAttemptBehindTheReportOfItsEnd() throws Exception {
        AgentRegistered last = startAccepted("a");
        for (int i = 0; i < 20; i++) {
            scheduler.launch(last, request("t" + i, "true"));
            String taskId = "t" + i;
            awaiting().until(() -> runner.launched().contains(taskId));
            scheduler.registerAgain(last);
            Thread finisher = new Thread(() -> runner.finish(taskId));
            finisher.start();
            last = scheduler.registrationAfter("a", last.getIncarnation());
            finisher.join();
            scheduler.accept(last);
        }
        scheduler.await(TaskReport.class, r -> r.getTaskId().equals("t19") && r.getReportSequence() == 2);

        List<String> running = new ArrayList<>();
        for (SpecificRecord event : scheduler.events()) {
            if (event instanceof TaskReport report && report.getReportSequence() == 2) {
                running.remove(report.getTaskId());
            } else if (event instanceof TaskReport report) {
                running.add(report.getTaskId());
            } else if (event instanceof AgentRegistered registered) {
                List<String> listed =
                        registered.getTasks().stream().map(AgentTask::getTaskId).toList();
                assertThat(listed).containsExactlyInAnyOrderElementsOf(running);
            }
        }
    }

    @Test
    void dropsALaunchWhenItsLeaseIsOver() throws Exception {
        start("a");
        AgentRegistered registered = scheduler.registrationAfter("a", 0);
        // The lease is the shortest there is, and the next heartbeat is an hour away.
        scheduler.accept(registered, 3_600_000, 10);
        awaiting().until(() -> agents.get(0).awaitRegistered(Duration.ofMillis(100)));
        long acceptedNs = System.nanoTime();
        awaiting().until(() -> System.nanoTime() - acceptedNs > 20_000_000);

        scheduler.launch(registered, request("late", "true"));

        TaskReport report = scheduler.await(TaskReport.class, r -> r.getTaskId().equals("late"));
        assertThat(report.getState()).isEqualTo(TaskState.TASK_DROPPED);
        assertThat(report.getReason()).isEqualTo(Reason.REASON_LEASE_EXPIRED);
    }

    @Test
    void sendsItsHeartbeatsAtAnotherIntervalAsSoonAsItIsAcceptedAgainWithThat() throws Exception {
        Agent agent = start("a");
        AgentRegistered registered = scheduler.registrationAfter("a", 0);
        long hourMs = Duration.ofHours(1).toMillis();
        scheduler.accept(registered, hourMs, 4 * hourMs);
        assertThat(agent.awaitRegistered(Duration.ofSeconds(10))).isTrue();

        scheduler.accept(registered, 20, 100);

        awaiting().until(() -> scheduler.events(AgentHeartbeat.class).size() >= 3);
        assertThat(scheduler.events(AgentHeartbeat.class))
                .allSatisfy(heartbeat -> assertThat(heartbeat.getIncarnation()).isEqualTo(registered.getIncarnation()));
    }

    @Test
    void dropsALaunchThatComesBeforeItsRegistrationIsAccepted() throws Exception {
        start("a");
        AgentRegistered registered = scheduler.registrationAfter("a", 0);

        scheduler.launch(registered, request("early", "true"));

        TaskReport report = scheduler.await(TaskReport.class, r -> r.getTaskId().equals("early"));
        assertThat(report.getState()).isEqualTo(TaskState.TASK_DROPPED);
        assertThat(runner.launched()).isEmpty();
    }

    @Test
    void stopsWithTheSchedulersWordsWhenItIsFencedAndSaysNoGoodbye() throws Exception {
        Agent agent = start("a");
        CompletableFuture<AgentStopped> stopped = new CompletableFuture<>();
        agent.onStopped(stopped::complete);

        scheduler.fence(scheduler.registrationAfter("a", 0), "another a lives");

        awaiting().until(stopped::isDone);
        assertThat(stopped.join()).isEqualTo(new AgentStopped(AgentStopped.Cause.FENCED, "another a lives"));
        assertThat(runner.isClosed()).isTrue();
        assertThat(scheduler.events(AgentLeaving.class)).isEmpty();
        assertThatThrownBy(() -> agent.awaitRegistered(Duration.ofSeconds(1))).hasMessageContaining("another a lives");
    }

    @Test
    void stopsWithTheReasonWhenItsKafkaSettingsCannotBeRight() throws Exception {
        ClusterConfig cluster = new ClusterConfig(
                TestBroker.bootstrapServers(),
                scheduler.cluster().topics(),
                Map.of("security.protocol", "CARRIER_PIGEON"));
        Agent agent = new Agent(AgentConfig.of(cluster, directory.resolve("a")), (workDir, profile, sink) -> {
            runner = new FakeRunner("a", sink);
            return runner;
        });
        CompletableFuture<AgentStopped> stopped = new CompletableFuture<>();
        agent.onStopped(stopped::complete);

        agent.start();

        awaiting().until(stopped::isDone);
        assertThat(stopped.join().cause()).isEqualTo(AgentStopped.Cause.FAILED);
        assertThat(stopped.join().message()).contains("CARRIER_PIGEON");
    }

    @Test
    void saysGoodbyeWhenItIsClosed() throws Exception {
        AgentRegistered registered = startAccepted("a");
        CompletableFuture<AgentStopped> stopped = new CompletableFuture<>();
        agents.get(0).onStopped(stopped::complete);

        agents.get(0).close();

        AgentLeaving leaving = scheduler.await(AgentLeaving.class, l -> true);
        assertThat(leaving.getIncarnation()).isEqualTo(registered.getIncarnation());
        assertThat(stopped.join().cause()).isEqualTo(AgentStopped.Cause.CLOSED);
    }

    @Test
    void keepsItsIdAndWorkDirectoryIdOverARestart() throws Exception {
        AgentRegistered first = startAccepted("a");
        agents.get(0).close();

        start(null, directory.resolve("a"));

        AgentRegistered second = scheduler.registrationAfter("a", first.getIncarnation());
        assertThat(second.getWorkDirId()).isEqualTo(first.getWorkDirId());
        assertThat(second.getIncarnation()).isNotEqualTo(first.getIncarnation());
    }

    @Test
    void canBeToldFromAnImpostorInAnotherDirectory() throws Exception {
        AgentRegistered incumbent = startAccepted("a");
        Agent impostor = start("a", directory.resolve("elsewhere"));
        CompletableFuture<AgentStopped> stopped = new CompletableFuture<>();
        impostor.onStopped(stopped::complete);

        AgentRegistered other = scheduler.registrationAfter("a", incumbent.getIncarnation());
        assertThat(other.getWorkDirId()).isNotEqualTo(incumbent.getWorkDirId());
        scheduler.fence(other, "agent a lives in another directory");

        awaiting().until(stopped::isDone);
        assertThat(stopped.join().cause()).isEqualTo(AgentStopped.Cause.FENCED);
        int heartbeats = scheduler.events(AgentHeartbeat.class).size();
        awaiting().until(() -> scheduler.events(AgentHeartbeat.class).size() > heartbeats);
    }

    @Test
    void countsMessagesThatItCannotDecodeAndGoesOn() throws Exception {
        AgentRegistered registered = startAccepted("a");
        scheduler.sendBytes(registered, new byte[] {(byte) 0xC3, 1, 2, 3});
        scheduler.sendBytes(registered, new byte[0]);
        byte[] misplaced = new RecordCodec().encode(new AgentLeaving("default", "a", registered.getIncarnation(), ""));
        scheduler.sendBytes(registered, misplaced);

        scheduler.launch(registered, request("t", "true"));

        awaiting().until(() -> runner.launched().contains("t"));
        assertThat(agents.get(0).undecodableMessages()).isEqualTo(3);
    }

    @Test
    void registersAgainWhenMessagesToItMayHaveBeenLost() throws Exception {
        AgentRegistered first = startAccepted("a");
        scheduler.launch(first, request("before", "true"));
        awaiting().until(() -> runner.launched().contains("before"));

        scheduler.makeLaunchesAnew();

        AgentRegistered second = scheduler.registrationAfter("a", first.getIncarnation());
        assertThat(second.getTasks()).extracting(AgentTask::getTaskId).containsExactly("before");
        scheduler.accept(second);
        scheduler.launch(second, request("after", "true"));
        awaiting().until(() -> runner.launched().contains("after"));
    }

    @Test
    void passesOverMessagesToOtherAgentsOfItsPartition() throws Exception {
        AgentRegistered registered = startAccepted("a");
        LaunchTask others = new LaunchTask(
                "b",
                registered.getIncarnation(),
                1,
                List.of(),
                List.of(),
                Instant.EPOCH,
                request("theirs", "true"),
                "");
        scheduler.send(registered.getLaunchPartition(), "b", new RecordCodec().encode(others));

        scheduler.launch(registered, request("mine", "true"));

        awaiting().until(() -> runner.launched().contains("mine"));
        assertThat(runner.launched()).containsExactly("mine");
    }

    @Test
    void publishesLogsAndReportsThatWereHandedOverBeforeItConnected() throws Exception {
        CompletableFuture<?>[] early = new CompletableFuture<?>[2];
        Agent agent = new Agent(config("a", directory.resolve("a")), (workDir, profile, sink) -> {
            runner = new FakeRunner("a", sink);
            early[0] = runner.finish("before").toCompletableFuture();
            early[1] = sink.log(LogChunk.newBuilder()
                            .setPool("default")
                            .setTaskId("before")
                            .setAttempt(1)
                            .setAgentId("a")
                            .setStream(LogStream.STDOUT)
                            .setPosition(0)
                            .setData(ByteBuffer.wrap(new byte[] {65}))
                            .setReadAt(Instant.EPOCH)
                            .build())
                    .toCompletableFuture();
            return runner;
        });
        agents.add(agent);
        agent.start();

        awaiting().until(() -> early[0].isDone() && early[1].isDone());

        assertThat(early[0]).isCompleted();
        assertThat(early[1]).isCompleted();
        scheduler.registrationAfter("a", 0);
        assertThat(scheduler.events().get(0)).isInstanceOf(TaskReport.class);
    }

    private AgentRegistered startAccepted(String agentId) throws Exception {
        start(agentId);
        return scheduler.accepted(agentId, 0);
    }

    private Agent start(String agentId) throws IOException {
        return start(agentId, directory.resolve(agentId));
    }

    private Agent start(String agentId, Path workDir) throws IOException {
        Agent agent = new Agent(config(agentId, workDir), (path, profile, sink) -> {
            runner = new FakeRunner(profile.agentId(), sink);
            return runner;
        });
        agents.add(agent);
        agent.start();
        return agent;
    }

    private AgentConfig config(String agentId, Path workDir) {
        return AgentConfig.of(scheduler.cluster(), workDir)
                .withAgentId(agentId)
                .withShape(AgentShape.parse("cpus=2.5,attr.rack=r1").withReservation("search:cpus=1;team=a"));
    }
}
