package dev.millrace.bench.recovery;

import dev.millrace.agent.AgentShape;
import dev.millrace.agent.sim.Fleet;
import dev.millrace.agent.sim.RunTime;
import dev.millrace.agent.sim.SimulatedAgents;
import dev.millrace.agent.sim.SimulationConfig;
import dev.millrace.bench.StoppableBench;
import dev.millrace.client.ClusterConfig;
import dev.millrace.client.ClusterException;
import dev.millrace.client.MillraceClient;
import dev.millrace.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Measures how long nothing is launched after a scheduler or the broker was killed. All of them are processes of their own, which get SIGKILL;
 * agents are simulated, in the process that measures, as are those who submit tasks. Many tasks may wait in the state, which a scheduler
 * has to read before it goes on.
 */
public final class FailoverBench implements StoppableBench<FailoverResult> {
    private static final String POOL = "bench";
    private static final String FIRST = "first";
    private static final String SECOND = "second";
    private static final Duration LAUNCH_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration REGISTRATION_TIMEOUT = Duration.ofMinutes(2);
    /** Before each round things are to be as they are after a long time. */
    private static final long SETTLE_MS = 5_000;
    /** A standby that was started anew reads all of the state first. */
    private static final int STANDBY_RECORDS_PER_MS = 100;

    private final FailoverSettings settings;
    private final Consumer<String> progress;
    private final Processes processes;

    /**
     * Starts the broker.
     *
     * @param directory an empty directory for all that the processes write
     * @param progress is told from time to time, in words, how far it is
     */
    public FailoverBench(Path directory, Topics topics, FailoverSettings settings, Consumer<String> progress)
            throws IOException, InterruptedException {
        this.settings = settings;
        this.progress = progress;
        processes = new Processes(directory, settings, topics);
    }

    @Override
    public FailoverResult run() throws IOException, InterruptedException {
        ClusterConfig cluster = processes.broker().cluster();
        String run = "bench-" + Long.toHexString(System.nanoTime());
        processes.startScheduler(FIRST);
        try (SimulatedAgents agents = new SimulatedAgents(simulation(cluster));
                MillraceClient client = new MillraceClient(cluster)) {
            agents.start();
            if (!agents.awaitRegistered(REGISTRATION_TIMEOUT)) {
                throw new ClusterException(
                        "only " + agents.stats().active() + " of " + settings.agents() + " agents were accepted within "
                                + REGISTRATION_TIMEOUT.toSeconds() + " s",
                        null);
            }
            new WaitingTasks(client, POOL, run, progress).submit(settings.waitingTasks());
            if (settings.victim() == Victim.SCHEDULER_WITH_STANDBY) {
                processes.startScheduler(SECOND);
            }
            try (ProbeTasks probes = new ProbeTasks(client, POOL, run)) {
                return rounds(probes);
            }
        }
    }

    private SimulationConfig simulation(ClusterConfig cluster) {
        return SimulationConfig.of(
                        cluster, List.of(new Fleet(settings.agents(), AgentShape.EMPTY)), new RunTime.Fixed(0))
                .withAgents(POOL, "bench");
    }

    private FailoverResult rounds(ProbeTasks probes) throws IOException, InterruptedException {
        List<Long> toLaunchMs = new ArrayList<>();
        List<Long> processorMs = new ArrayList<>();
        for (int round = 0; round < settings.rounds(); round++) {
            await(probes.nextLaunch());
            settle();
            await(probes.nextLaunch());
            toLaunchMs.add(
                    switch (settings.victim()) {
                        case SCHEDULER -> killScheduler(probes);
                        case SCHEDULER_WITH_STANDBY -> killActive(probes);
                        case BROKER -> killBroker(probes);
                    });
            OptionalLong started = processorMs();
            started.ifPresent(processorMs::add);
            progress.accept("round " + (round + 1) + " of " + settings.rounds() + ": " + toLaunchMs.get(round) + " ms"
                    + (started.isPresent() ? ", processor time " + started.getAsLong() + " ms" : ""));
        }
        return new FailoverResult(settings, toLaunchMs, processorMs);
    }

    /** How much processor time the process has taken that was started in place of the killed one; empty if none was. */
    private OptionalLong processorMs() {
        return switch (settings.victim()) {
            case SCHEDULER -> OptionalLong.of(processes.processorMs(FIRST));
            case SCHEDULER_WITH_STANDBY -> OptionalLong.empty();
            case BROKER -> OptionalLong.of(processes.broker().processorMs());
        };
    }

    private void settle() throws InterruptedException {
        long standbyMs = settings.victim() == Victim.SCHEDULER_WITH_STANDBY
                ? settings.waitingTasks() / STANDBY_RECORDS_PER_MS + SETTLE_MS
                : 0;
        TimeUnit.MILLISECONDS.sleep(SETTLE_MS + standbyMs);
    }

    private long killScheduler(ProbeTasks probes) throws IOException, InterruptedException {
        long killedNs = System.nanoTime();
        processes.killScheduler(FIRST);
        CompletableFuture<Long> launch = probes.nextLaunch();
        processes.startScheduler(FIRST);
        return msSince(killedNs, launch);
    }

    private long killActive(ProbeTasks probes) throws IOException, InterruptedException {
        String active = processes
                .decidesFor(POOL)
                .orElseThrow(() -> new ClusterException("no scheduler decides for the pool " + POOL, null));
        long killedNs = System.nanoTime();
        processes.killScheduler(active);
        long ms = msSince(killedNs, probes.nextLaunch());
        processes.startScheduler(active);
        return ms;
    }

    private long killBroker(ProbeTasks probes) throws IOException, InterruptedException {
        long killedNs = System.nanoTime();
        processes.broker().kill();
        CompletableFuture<Long> launch = probes.nextLaunch();
        processes.broker().restart();
        return msSince(killedNs, launch);
    }

    private static long msSince(long beganNs, CompletableFuture<Long> launch) throws InterruptedException {
        return TimeUnit.NANOSECONDS.toMillis(await(launch) - beganNs);
    }

    private static long await(CompletableFuture<Long> launch) throws InterruptedException {
        try {
            return launch.get(LAUNCH_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new ClusterException("nothing was launched for " + LAUNCH_TIMEOUT.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() {
        processes.close();
    }
}
