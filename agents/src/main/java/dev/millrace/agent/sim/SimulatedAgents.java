package dev.millrace.agent.sim;

import dev.millrace.agent.link.AgentLink;
import dev.millrace.agent.link.AgentProfile;
import dev.millrace.agent.link.AgentSink;
import dev.millrace.agent.link.LinkSettings;
import dev.millrace.agent.link.LinkedAgent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plays up to 20,000 agents with one consumer, one producer and one thread. To the scheduler they are agents like others: they register, send
 * heartbeats, hold a lease, and report what becomes of their tasks, but the tasks run in name only.
 *
 * <p>Agents of the same name are the same agents when the simulation is started again; what they ran before is gone then.
 *
 * <p>Thread-safe.
 */
public final class SimulatedAgents implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SimulatedAgents.class);

    /**
     * What has happened so far.
     *
     * @param agents how many agents there are
     * @param active how many of them are registered now
     * @param fenced how often the scheduler refused one
     * @param launched tasks that were started
     * @param finished tasks that ended well
     * @param failed tasks that ended badly
     * @param killed tasks that were killed
     * @param dropped tasks that were not started because their agent's lease was over
     * @param published records that are safe in Kafka: reports, heartbeats, registrations, ends of logs
     */
    public record Stats(
            int agents,
            int active,
            long fenced,
            long launched,
            long finished,
            long failed,
            long killed,
            long dropped,
            long published) {

        /** Tasks that were started and have not ended. */
        public long running() {
            return launched - ended();
        }

        /** Tasks that were started and have ended. */
        public long ended() {
            return finished + failed + killed;
        }
    }

    private final AgentLink link;
    private final SimulatedTasks tasks;
    private final List<SimulatedAgent> agents = new ArrayList<>();
    private final CountDownLatch unregistered;
    private final LongAdder fenced = new LongAdder();
    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();

    /**
     * Agents that are not connected yet.
     *
     * @throws IllegalArgumentException if the scheduler would not take such agents
     */
    public SimulatedAgents(SimulationConfig config) {
        LinkSettings settings =
                new LinkSettings(config.cluster(), "millrace-agents-" + config.name(), LinkSettings.Tuning.MANY_AGENTS);
        link = new AgentLink(settings, failure::complete);
        tasks = new SimulatedTasks(config.runTime(), config.failureRate(), config.emptyLogs());
        unregistered = new CountDownLatch(Fleet.count(config.fleets()));
        for (Fleet fleet : config.fleets()) {
            for (AgentProfile profile : fleet.profiles(config.pool(), config.name(), agents.size())) {
                SimulatedAgent agent = agent(config, profile);
                agents.add(agent);
                link.add(agent);
            }
        }
    }

    private SimulatedAgent agent(SimulationConfig config, AgentProfile profile) {
        // Each agent draws from a source of its own, so that what one does changes nothing for another.
        SplittableRandom random = new SplittableRandom(config.seed() * 31 + agents.size());
        AgentSink sink = link.sink(profile.pool());
        SimulatedRunner runner = new SimulatedRunner(profile.pool(), profile.agentId(), tasks, random, sink);
        LinkedAgent.Listener listener = new Listener(profile.agentId());
        return new SimulatedAgent(
                () -> link.agent(profile, sink, runner, listener), runner, config.mishaps(), random.split());
    }

    /** Connects and registers all agents. Returns at once; while the broker is away the agents wait for it. */
    public void start() {
        link.start();
    }

    /**
     * Waits until each agent has been accepted for the first time.
     *
     * @return false if they were not within that time
     */
    public boolean awaitRegistered(Duration atMost) throws InterruptedException {
        return unregistered.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What has happened so far. */
    public Stats stats() {
        SimulatedTasks.Counts counts = tasks.counts();
        int active = (int) agents.stream().filter(SimulatedAgent::isActive).count();
        return new Stats(
                agents.size(),
                active,
                fenced.sum(),
                counts.launched(),
                counts.finished(),
                counts.failed(),
                counts.killed(),
                counts.dropped(),
                link.published());
    }

    /** Why the simulation has stopped of itself; empty = it has not. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure.getNow(null));
    }

    /** Lets all agents say goodbye, and disconnects. */
    @Override
    public void close() {
        link.close();
    }

    private final class Listener implements LinkedAgent.Listener {
        private final String agentId;
        private boolean counted;

        Listener(String agentId) {
            this.agentId = agentId;
        }

        @Override
        public void accepted(long incarnation) {
            if (!counted) {
                counted = true;
                unregistered.countDown();
            }
        }

        @Override
        public void fenced(String message) {
            fenced.increment();
            log.warn("Agent {} was refused by the scheduler: {}", agentId, message);
        }
    }
}
