package dev.millrace.cli.up;

import dev.millrace.agent.Agent;
import dev.millrace.agent.AgentConfig;
import dev.millrace.agent.AgentStopped;
import dev.millrace.agent.link.AgentProfile;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.TopicAdmin;
import dev.millrace.local.BrokerSettings;
import dev.millrace.local.BrokerStartException;
import dev.millrace.local.EmbeddedBroker;
import dev.millrace.local.FreePorts;
import dev.millrace.streams.SchedulerApp;
import dev.millrace.streams.SchedulerConfig;
import dev.millrace.streams.SchedulerException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A whole cluster in this process: an embedded broker, the topics, the scheduler and agents that run real processes. Its data directory
 * outlives it, however it ends: the next cluster on the same directory has the same tasks, and finds those that are still running.
 *
 * <p>Started and closed once; thread-safe in between.
 */
public final class LocalCluster implements AutoCloseable {
    /** Topics of a local cluster have so many partitions, where the catalogue leaves it open. */
    static final int PARTITIONS = 4;

    private static final String POOL = "default";
    private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
    private static final Duration HELPERS_TIMEOUT = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(LocalCluster.class);

    private final ClusterDirectory directory;
    private final LocalClusterSettings settings;
    private final CompletableFuture<String> failure = new CompletableFuture<>();
    private final List<Agent> agents = new ArrayList<>();
    private @Nullable EmbeddedBroker broker;
    private @Nullable SchedulerApp scheduler;
    private boolean closed;

    private LocalCluster(ClusterDirectory directory, LocalClusterSettings settings) {
        this.directory = directory;
        this.settings = settings;
    }

    /**
     * Starts a cluster, and returns when it takes tasks.
     *
     * @throws LocalClusterException if it can't be started; the message says what to do
     */
    public static LocalCluster start(LocalClusterSettings settings) throws IOException, InterruptedException {
        return settings.port() == 0 ? BrokerPort.untilKept(() -> startOnce(settings)) : startOnce(settings);
    }

    /**
     * Sees to it that the port is free that was asked for, and touches nothing. It can be taken later on all the same.
     *
     * @throws LocalClusterException if something listens there, but for the cluster that runs on the directory already
     */
    public static void requirePort(LocalClusterSettings settings) throws IOException {
        boolean free = settings.port() == 0 || FreePorts.isFree(settings.port());
        if (!free && Endpoint.live(settings.dataDir()).isEmpty()) {
            throw new LocalClusterException(
                    "port " + settings.port() + " is in use; stop what listens there, or choose another port");
        }
    }

    private static LocalCluster startOnce(LocalClusterSettings settings) throws IOException, InterruptedException {
        var cluster = new LocalCluster(ClusterDirectory.open(settings.dataDir()), settings);
        boolean started = false;
        try {
            cluster.start();
            started = true;
            return cluster;
        } finally {
            if (!started) {
                cluster.close();
            }
        }
    }

    /** The parts that need no broker are made while it starts, for that takes the longest. */
    private void start() throws IOException, InterruptedException {
        int count = agentCount();
        refuseToAbandonTasks(count);
        directory.chooseAgents(count);
        int port = BrokerPort.choose(settings.port(), directory);
        var config = new ClusterConfig("localhost:" + port, settings.topics(), Map.of());
        var helpers = Executors.newCachedThreadPool(runnable -> new Thread(runnable, "cluster-start"));
        boolean started = false;
        try {
            var warmUp = helpers.submit(WarmUp::loadClasses);
            var makeAgents = helpers.submit(() -> makeAgents(config, count));
            broker = EmbeddedBroker.start(BrokerSettings.in(directory.broker()).withPort(port));
            try (var admin = new TopicAdmin(config)) {
                admin.create(PARTITIONS, 1);
            }
            get(makeAgents);
            get(warmUp);
            agents.forEach(Agent::start);
            startScheduler(config);
            awaitAgents();
            started = true;
        } catch (BrokerStartException | SchedulerException e) {
            throw new LocalClusterException(String.valueOf(e.getMessage()), e);
        } finally {
            helpers.shutdown();
            if (!started) {
                awaitEnd(helpers);
            }
        }
        new Endpoint(config.bootstrapServers(), settings.topics().prefix(), ProcessMark.current())
                .write(directory.path());
    }

    /** What was not started is closed next, and nobody may be making it then. */
    private static void awaitEnd(ExecutorService helpers) {
        try {
            if (!helpers.awaitTermination(HELPERS_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("agents are still being made {} s after the start has failed", HELPERS_TIMEOUT.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable Void makeAgents(ClusterConfig config, int count) throws IOException {
        if (count == 0) {
            return null;
        }
        var machine = LocalMachine.detect(directory.path(), settings.offer());
        for (int i = 1; i <= count; i++) {
            var agentId = agentId(i);
            var agent = new Agent(AgentConfig.of(config, directory.agent(agentId))
                    .withPool(POOL)
                    .withAgentId(agentId)
                    .withShape(machine.share(i, count)));
            agents.add(agent);
            agent.onStopped(stopped -> {
                if (stopped.cause() != AgentStopped.Cause.CLOSED) {
                    failure.complete("agent " + agentId + " stopped: " + stopped.message());
                }
            });
        }
        return null;
    }

    private static String agentId(int number) {
        return "agent-" + number;
    }

    private int agentCount() throws IOException {
        if (settings.agents().isPresent()) {
            return settings.agents().getAsInt();
        }
        int before = directory.agentIds().size();
        return directory.chosenAgents().orElse(before == 0 ? LocalClusterSettings.DEFAULT_AGENTS : before);
    }

    /** What runs on an agent that this cluster is not to have would run on unseen, and the scheduler would give it up for lost. */
    private void refuseToAbandonTasks(int count) throws IOException {
        var wanted =
                IntStream.rangeClosed(1, count).mapToObj(LocalCluster::agentId).toList();
        for (var agentId : directory.agentIds()) {
            int tasks = wanted.contains(agentId) ? 0 : Leftovers.count(directory.agent(agentId), POOL);
            if (tasks > 0) {
                throw new LocalClusterException(agentId + " still has " + tasks + (tasks == 1 ? " task" : " tasks")
                        + ", and would not be there with " + count + (count == 1 ? " agent" : " agents")
                        + "; start it with as many agents as before and let its tasks end or kill them first, or"
                        + " begin anew with --fresh");
            }
        }
    }

    private void startScheduler(ClusterConfig config) throws InterruptedException {
        var app =
                new SchedulerApp(SchedulerConfig.of(config.bootstrapServers(), config.topics(), directory.scheduler()));
        scheduler = app;
        app.start();
        CompletableFuture<?> unused = app.stopped()
                .thenAccept(why -> failure.complete(
                        "the scheduler stopped" + why.map(w -> ": " + w).orElse("")));
        if (!app.awaitRunning(START_TIMEOUT)) {
            throw notInTime("the scheduler");
        }
    }

    private void awaitAgents() throws InterruptedException {
        for (var agent : agents) {
            if (!agent.awaitRegistered(START_TIMEOUT)) {
                throw notInTime("agent " + agent.profile().agentId());
            }
        }
    }

    private LocalClusterException notInTime(String what) {
        return new LocalClusterException(
                what + " was not ready within " + START_TIMEOUT.toSeconds() + " s; see the log in " + directory.path());
    }

    private static <T> T get(Future<T> future) throws IOException, InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            if (e.getCause() instanceof RuntimeException bug) {
                throw bug;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** How to reach it. */
    public ClusterConfig config() {
        return new ClusterConfig(broker().bootstrapServers(), settings.topics(), Map.of());
    }

    /** What its agents say of themselves. */
    public List<AgentProfile> agents() {
        return agents.stream().map(Agent::profile).toList();
    }

    /** Completes with the reason if the cluster fails while it runs. */
    public CompletableFuture<String> failure() {
        return failure.copy();
    }

    private EmbeddedBroker broker() {
        return Objects.requireNonNull(broker, "not started");
    }

    /** Stops it. The tasks run on, and the next cluster on the directory takes them over. */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        Endpoint.remove(directory.path());
        // Each waits for the broker, so all at once.
        agents.parallelStream().forEach(Agent::close);
        if (scheduler != null) {
            scheduler.close();
        }
        if (broker != null) {
            broker.close();
        }
        directory.close();
    }

    /**
     * What became of a cluster that was to be forgotten.
     *
     * @param endedTasks how many tasks were ended
     * @param left which files could not be removed
     */
    public record Forgotten(int endedTasks, List<Path> left) {}

    /**
     * Ends the tasks of a cluster that does not run, and removes all that it left in its data directory.
     *
     * @throws LocalClusterException if it runs, or a task can't be ended
     */
    public static Forgotten forget(Path dataDir) throws IOException, InterruptedException {
        try (var directory = ClusterDirectory.open(dataDir)) {
            int ended = endTasks(directory);
            return new Forgotten(ended, directory.clear());
        }
    }

    /** Like {@link #forget}, and removes the directory too; returns which files could not be removed. */
    static List<Path> remove(Path dataDir) throws IOException, InterruptedException {
        try (var directory = ClusterDirectory.open(dataDir)) {
            endTasks(directory);
            return directory.remove();
        }
    }

    /** Ends the tasks of a cluster that does not run, and returns how many there were. */
    static int endTasks(ClusterDirectory directory) throws IOException, InterruptedException {
        int ended = 0;
        for (var agentId : directory.agentIds()) {
            ended += Leftovers.end(directory.agent(agentId), POOL);
        }
        return ended;
    }
}
