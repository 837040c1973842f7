package dev.millrace.agent.sim;

import dev.millrace.agent.link.LinkMember;
import dev.millrace.agent.link.LinkedAgent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.apache.avro.specific.SpecificRecord;

/**
 * One simulated machine: an agent, its runner, and what goes wrong with them. Mutable; owned by the link's thread.
 */
final class SimulatedAgent implements LinkMember {
    private static final long NEVER_NS = TimeUnit.DAYS.toNanos(10_000);

    /** What the agent is doing. */
    private enum Mode {
        WORKING,
        /** Cut off: what comes is kept for later. */
        SILENT,
        /** Dead: what comes is lost, and its tasks go on. */
        DEAD
    }

    private final Supplier<LinkedAgent> newAgent;
    private final SimulatedRunner runner;
    private final Mishaps mishaps;
    private final RandomGenerator random;
    private final Deque<SpecificRecord> kept = new ArrayDeque<>();
    /** Replaced by the link's thread; read by others too. */
    private volatile LinkedAgent agent;

    private Mode mode = Mode.WORKING;
    private int launchPartition;
    private long backNs;
    private long nextRestartNs;
    private long nextSilenceNs;

    /**
     * A machine with its first agent.
     *
     * @param newAgent makes an agent of the same id and work directory that knows nothing of its predecessor's session
     */
    SimulatedAgent(Supplier<LinkedAgent> newAgent, SimulatedRunner runner, Mishaps mishaps, RandomGenerator random) {
        this.newAgent = newAgent;
        this.runner = runner;
        this.mishaps = mishaps;
        this.random = random;
        this.agent = newAgent.get();
    }

    @Override
    public String agentId() {
        return agent.agentId();
    }

    /** True = the scheduler has accepted it and it has not been cut off since. */
    boolean isActive() {
        return agent.isActive();
    }

    @Override
    public void begin(int launchPartition, long nowNs) {
        this.launchPartition = launchPartition;
        nextRestartNs = nowNs + drawNs(mishaps.restartEvery());
        nextSilenceNs = nowNs + drawNs(mishaps.silentEvery());
        agent.begin(launchPartition, nowNs);
    }

    @Override
    public void take(SpecificRecord message, long nowNs) {
        switch (mode) {
            case WORKING -> agent.take(message, nowNs);
            case SILENT -> kept.add(message);
            case DEAD -> {}
        }
    }

    @Override
    public void messagesMissed(long nowNs) {
        if (mode != Mode.DEAD) {
            agent.messagesMissed(nowNs);
        }
    }

    @Override
    public long tick(long nowNs) {
        if (mode != Mode.WORKING) {
            if (backNs - nowNs > 0) {
                return backNs - nowNs;
            }
            comeBack(nowNs);
        } else if (nextRestartNs - nowNs <= 0) {
            return goAway(Mode.DEAD, nowNs);
        } else if (nextSilenceNs - nowNs <= 0) {
            return goAway(Mode.SILENT, nowNs);
        }
        long untilMishapNs = Math.min(nextRestartNs, nextSilenceNs) - nowNs;
        return Math.min(untilMishapNs, Math.min(runner.tick(nowNs), agent.tick(nowNs)));
    }

    @Override
    public void leave() {
        if (mode == Mode.WORKING) {
            agent.leave();
        }
    }

    private long goAway(Mode how, long nowNs) {
        mode = how;
        backNs = nowNs + mishaps.awayFor().toNanos();
        return backNs - nowNs;
    }

    private void comeBack(long nowNs) {
        if (mode == Mode.DEAD) {
            nextRestartNs = nowNs + drawNs(mishaps.restartEvery());
            agent = newAgent.get();
            agent.begin(launchPartition, nowNs);
        } else {
            nextSilenceNs = nowNs + drawNs(mishaps.silentEvery());
            for (SpecificRecord message = kept.poll(); message != null; message = kept.poll()) {
                agent.take(message, nowNs);
            }
        }
        mode = Mode.WORKING;
    }

    private long drawNs(Duration mean) {
        return mean.isZero() ? NEVER_NS : (long) (-Math.log(1 - random.nextDouble()) * mean.toNanos());
    }
}
