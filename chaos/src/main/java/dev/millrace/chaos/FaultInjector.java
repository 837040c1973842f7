package dev.millrace.chaos;

import dev.millrace.chaos.FaultKind.Lane;
import dev.millrace.chaos.check.Finding;
import dev.millrace.chaos.check.Finding.Kind;
import dev.millrace.chaos.cluster.ChaosCluster;
import dev.millrace.chaos.cluster.Daemon;
import dev.millrace.chaos.cluster.Patience;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries a plan out, each lane on a thread of its own. After each fault it waits until every pool has gone on. One thread runs it; any may ask.
 */
final class FaultInjector {
    private static final Logger LOG = LoggerFactory.getLogger(FaultInjector.class);
    private static final Duration RECOVERY_LIMIT = Duration.ofSeconds(90);
    private static final Duration LONG_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration SKEW = Duration.ofMinutes(10);

    private final ChaosCluster cluster;
    private final ClusterWatch watch;
    private final Poison poison;
    private final Timeline timeline;
    /** Held while agents suffer, and while they must not. */
    private final ReentrantLock agents = new ReentrantLock(true);

    private final Map<FaultKind, Integer> done = new EnumMap<>(FaultKind.class);
    private final List<Finding> findings = Collections.synchronizedList(new ArrayList<>());

    FaultInjector(ChaosCluster cluster, ClusterWatch watch, Poison poison, Timeline timeline) {
        this.timeline = timeline;
        this.cluster = cluster;
        this.watch = watch;
        this.poison = poison;
    }

    /** Whether a fault can be done on this machine. */
    boolean isPossible(FaultKind kind) {
        if (kind.fillsDisk()) {
            return !targets(kind).isEmpty();
        }
        return kind != FaultKind.CLOCK_SKEW || cluster.canSetClock();
    }

    /** Does all of it; returns when the cluster has got over the last fault. */
    void run(FaultPlan plan) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        plan.lanes().forEach((lane, faults) -> threads.add(new Thread(() -> run(faults), "faults-" + lane)));
        threads.forEach(Thread::start);
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            end(threads);
            throw e;
        }
        awaitAgents();
    }

    /** So that nobody starts a daemon after the cluster was closed. */
    private static void end(List<Thread> threads) throws InterruptedException {
        threads.forEach(Thread::interrupt);
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** How many were done of each kind. */
    Map<FaultKind, Integer> done() {
        synchronized (done) {
            return new EnumMap<>(done);
        }
    }

    List<Finding> findings() {
        synchronized (findings) {
            return List.copyOf(findings);
        }
    }

    private void run(List<Fault> faults) {
        for (Fault fault : faults) {
            try {
                Patience.pause(fault.before());
                inTurn(fault);
                awaitProgress(fault);
                timeline.note(fault + " is got over");
            } catch (IOException | ExecutionException | RuntimeException e) {
                LOG.error("{}", fault, e);
                findings.add(new Finding(Kind.NOT_RECOVERED, fault + ": " + e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void inTurn(Fault fault) throws IOException, InterruptedException, ExecutionException {
        boolean alone = fault.kind().lane() == Lane.AGENTS || fault.kind() == FaultKind.CLOCK_SKEW;
        if (alone) {
            agents.lock();
        }
        try {
            timeline.note(fault.toString());
            doIt(fault);
            timeline.note(fault + " is over");
            synchronized (done) {
                done.merge(fault.kind(), 1, Integer::sum);
            }
        } finally {
            if (alone) {
                agents.unlock();
            }
        }
    }

    private void doIt(Fault fault) throws IOException, InterruptedException, ExecutionException {
        switch (fault.kind()) {
            case SCHEDULER_KILL, AGENT_KILL, BROKER_KILL -> {
                Daemon daemon = target(fault);
                daemon.kill();
                Patience.pause(fault.length());
                daemon.start();
            }
            case SCHEDULER_RESTART, AGENT_RESTART -> {
                Daemon daemon = target(fault);
                daemon.stop();
                daemon.start();
            }
            case SCHEDULER_SUSPEND, AGENT_SUSPEND, BROKER_SUSPEND -> {
                Daemon daemon = target(fault);
                daemon.suspend();
                try {
                    Patience.pause(fault.length());
                } finally {
                    daemon.resume();
                }
            }
            case SCHEDULER_CUT, AGENT_CUT -> {
                Daemon daemon = target(fault);
                cluster.cut(daemon);
                try {
                    Patience.pause(fault.length());
                } finally {
                    cluster.heal(daemon);
                }
            }
            case SCHEDULER_DISK_FULL, AGENT_DISK_FULL, BROKER_DISK_FULL, AGENT_DISK_FULL_KILL -> fillDisk(fault);
            case CLOCK_SKEW -> skewClock(fault);
            case POISON -> poison.feed();
        }
    }

    private void fillDisk(Fault fault) throws IOException, InterruptedException {
        Daemon daemon = target(fault);
        Duration half = fault.length().dividedBy(2);
        try {
            cluster.fillDisk(daemon);
            Patience.pause(half);
            if (fault.kind() == FaultKind.AGENT_DISK_FULL_KILL) {
                daemon.kill();
                daemon.start();
            }
            Patience.pause(half);
        } finally {
            cluster.emptyDisk(daemon);
        }
        if (fault.kind().lane() != Lane.AGENTS) {
            daemon.startIfEnded();
        }
    }

    private Daemon target(Fault fault) {
        List<Daemon> targets = targets(fault.kind());
        return targets.get(fault.target() % targets.size());
    }

    private List<Daemon> targets(FaultKind kind) {
        List<Daemon> daemons = switch (kind.lane()) {
            case SCHEDULERS -> cluster.schedulers();
            case AGENTS -> cluster.agents();
            case BROKERS -> cluster.brokers();
        };
        return kind.fillsDisk() ? daemons.stream().filter(cluster::hasSmallDisk).toList() : daemons;
    }

    /**
     * An agent that is starting or starved on a busy machine may be silent for some seconds. So that only the clock can be to blame for a loss, all
     * agents first agree to a timeout that is far longer than that, and far shorter than what the clock is set off by.
     */
    private void skewClock(Fault fault) throws IOException, InterruptedException {
        awaitAgents();
        Map<String, Integer> before = watch.registrations();
        cluster.setUnreachableTimeout(LONG_TIMEOUT);
        try {
            skewClock(fault, before);
        } finally {
            cluster.setBrokerClock(Duration.ZERO);
        }
        cluster.setUnreachableTimeout(ChaosCluster.UNREACHABLE_TIMEOUT);
    }

    private void skewClock(Fault fault, Map<String, Integer> before) throws IOException, InterruptedException {
        await(
                () -> before.entrySet().stream()
                        .allMatch(agent -> watch.registrations().getOrDefault(agent.getKey(), 0) > agent.getValue()),
                "not all agents have registered again");
        long losses = watch.lossesOfAgents();
        for (Duration offset : List.of(SKEW, SKEW.negated(), Duration.ZERO)) {
            timeline.note("the brokers' clocks are off by " + offset);
            cluster.setBrokerClock(offset);
            Patience.pause(fault.length());
            awaitProgress(fault);
        }
        if (watch.lossesOfAgents() != losses) {
            findings.add(new Finding(Kind.AGENT_LOST, "the brokers' clocks were set, and an agent was lost"));
        }
    }

    private void awaitAgents() throws InterruptedException {
        int all = cluster.agents().size();
        await(() -> watch.activeAgents() == all, "not all agents came back");
    }

    private void awaitProgress(Fault fault) throws InterruptedException {
        Map<String, Integer> before = new HashMap<>();
        cluster.layout().pools().forEach(pool -> before.put(pool, watch.statusesOf(pool)));
        for (Map.Entry<String, Integer> pool : before.entrySet()) {
            await(
                    () -> watch.statusesOf(pool.getKey()) > pool.getValue(),
                    "after " + fault + " nothing happened in " + pool.getKey());
        }
    }

    private void await(BooleanSupplier condition, String otherwise) throws InterruptedException {
        if (!Patience.until(RECOVERY_LIMIT, condition)) {
            timeline.note(otherwise);
            findings.add(new Finding(Kind.NOT_RECOVERED, otherwise + " within " + RECOVERY_LIMIT));
        }
    }
}
