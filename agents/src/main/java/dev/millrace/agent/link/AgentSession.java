package dev.millrace.agent.link;

import dev.millrace.contract.AgentAccepted;
import dev.millrace.contract.AgentFenced;
import dev.millrace.contract.KillTask;
import dev.millrace.contract.LaunchTask;
import dev.millrace.contract.LaunchTaskGroup;
import dev.millrace.contract.MessageToExecutor;
import dev.millrace.contract.RegisterAgain;
import dev.millrace.contract.StopExecutor;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.apache.avro.specific.SpecificRecord;

/**
 * An agent's side of its protocol with the scheduler: what happens goes in, and what is to be done comes out as a {@link SessionAction}. It
 * knows neither Kafka nor threads nor a clock; every time is a reading of one monotonic clock in ns. Real and simulated agents share it.
 *
 * <pre>
 *   NEW          start                                               → REGISTERING   Register
 *   REGISTERING  AgentAccepted                                       → ACTIVE
 *   REGISTERING  no answer for a while after the acknowledgement     → REGISTERING   Register
 *   ACTIVE       RegisterAgain                                       → REGISTERING   Register
 *   ACTIVE       AgentAccepted, again                                → ACTIVE        with another interval and lease from now on
 *   REGISTERING, ACTIVE   launches may have been missed              → REGISTERING   Register
 *   REGISTERING, ACTIVE   AgentFenced                                → FENCED        Stop
 *   REGISTERING, ACTIVE   leave                                      → LEFT          Leave
 *   NEW          leave                                               → LEFT
 * </pre>
 *
 * FENCED and LEFT are ends. Each registration draws a new incarnation, and a message that bears another than the current one changes
 * nothing: it belongs to a registration that is over.
 *
 * <p>The lease: only while the session is ACTIVE, and for the accepted time from the <em>send</em> of the last registration or heartbeat that
 * was acknowledged, may an attempt be started. The scheduler takes that record no earlier than it was sent, so it waits at least as long
 * before it gives the agent up.
 *
 * <p>At most one registration or heartbeat is unacknowledged at a time; while the broker is away none pile up.
 *
 * <p>Mutable and thread-safe: acknowledgements and questions about the lease come from other threads than messages and the clock do. No
 * method waits or calls out.
 */
public final class AgentSession {

    /** Where the session stands. */
    public enum State {
        NEW,
        REGISTERING,
        ACTIVE,
        FENCED,
        LEFT
    }

    /** How long the first registration waits for its answer; each further one waits twice as long, so that a slow answer is met in the end. */
    static final long FIRST_PATIENCE_NS = Duration.ofSeconds(10).toNanos();

    static final long LONGEST_PATIENCE_NS = Duration.ofSeconds(60).toNanos();

    /** How soon to look again for an acknowledgement that is overdue. */
    static final long RECHECK_NS = Duration.ofMillis(200).toNanos();

    private static final long IDLE_NS = Duration.ofHours(1).toNanos();

    /** What the scheduler may ask for; beyond that a typing error would make the agent spin or overflow. */
    private static final long SHORTEST_INTERVAL_MS = 10;

    private static final long LONGEST_INTERVAL_MS = Duration.ofDays(365).toMillis();

    private final RandomGenerator random;
    private State state = State.NEW;
    private long incarnation;
    /** When the last registration or heartbeat was sent. */
    private long sentNs;

    private boolean unacknowledged;
    private long patienceNs = FIRST_PATIENCE_NS;
    /** When the next registration (REGISTERING) or heartbeat (ACTIVE) is due. */
    private long dueNs;

    private long heartbeatIntervalNs;
    private long leaseNs;
    private long leaseFromNs;

    /**
     * A session that was not started yet.
     *
     * @param random draws incarnations, so it must not be seeded with anything that comes again
     */
    public AgentSession(RandomGenerator random) {
        this.random = random;
    }

    /** Begins: registers for the first time. */
    public synchronized SessionAction start(long nowNs) {
        if (state != State.NEW) {
            throw new IllegalStateException("a session is started once; this one is " + state);
        }
        return register(nowNs);
    }

    /** Takes one message that the scheduler sent to this agent. */
    public synchronized SessionAction take(SpecificRecord message, long nowNs) {
        if (state != State.REGISTERING && state != State.ACTIVE) {
            return SessionAction.NONE;
        }
        if (message instanceof LaunchTask launch) {
            return isCurrent(launch.getIncarnation()) ? launch(launch) : SessionAction.NONE;
        }
        if (message instanceof KillTask kill) {
            return isCurrent(kill.getIncarnation()) ? new SessionAction.Kill(kill) : SessionAction.NONE;
        }
        if (message instanceof AgentAccepted accepted) {
            return isCurrent(accepted.getIncarnation()) ? accept(accepted, nowNs) : answerOfOldQuestion(nowNs);
        }
        if (message instanceof RegisterAgain again) {
            return isCurrent(again.getIncarnation()) ? registerAgain(nowNs) : SessionAction.NONE;
        }
        if (message instanceof AgentFenced fenced) {
            return isCurrent(fenced.getIncarnation()) ? fence(fenced) : SessionAction.NONE;
        }
        return takeOfExecutors(message);
    }

    private SessionAction takeOfExecutors(SpecificRecord message) {
        if (message instanceof LaunchTaskGroup group) {
            return isCurrent(group.getIncarnation()) ? launch(group) : SessionAction.NONE;
        }
        if (message instanceof StopExecutor stop) {
            return isCurrent(stop.getIncarnation()) ? new SessionAction.EndExecutor(stop) : SessionAction.NONE;
        }
        if (message instanceof MessageToExecutor forExecutor) {
            return isCurrent(forExecutor.getIncarnation()) ? new SessionAction.PassOn(forExecutor) : SessionAction.NONE;
        }
        return SessionAction.NONE;
    }

    /** Says what time it is; to be called when {@link #nsUntilTick} has passed, and harmless at any other time. */
    public synchronized SessionAction tick(long nowNs) {
        if ((state != State.REGISTERING && state != State.ACTIVE) || unacknowledged || nowNs - dueNs < 0) {
            return SessionAction.NONE;
        }
        return state == State.REGISTERING ? register(nowNs) : heartbeat(nowNs);
    }

    /** How long it is until {@link #tick} is to be called again, in ns. */
    public synchronized long nsUntilTick(long nowNs) {
        if (state != State.REGISTERING && state != State.ACTIVE) {
            return IDLE_NS;
        }
        return Math.max(dueNs - nowNs, unacknowledged ? RECHECK_NS : 0);
    }

    /**
     * The registration or heartbeat of that incarnation is safe in Kafka.
     *
     * @param sentAtNs the time at which the session asked for it
     */
    public synchronized void acknowledged(long incarnation, long sentAtNs, long nowNs) {
        if (isCurrent(incarnation)) {
            leaseFromNs = sentAtNs - leaseFromNs > 0 ? sentAtNs : leaseFromNs;
            settle(sentAtNs, nowNs);
        }
    }

    /** The registration or heartbeat could not be sent; another follows at the usual time. */
    public synchronized void failed(long incarnation, long sentAtNs, long nowNs) {
        if (isCurrent(incarnation)) {
            settle(sentAtNs, nowNs);
        }
    }

    /** Messages to this agent may have been lost, so what the scheduler believes must be set right by a new registration. */
    public synchronized SessionAction messagesMissed(long nowNs) {
        return state == State.REGISTERING || state == State.ACTIVE ? register(nowNs) : SessionAction.NONE;
    }

    /** Ends the session of the agent's own will. */
    public synchronized SessionAction leave() {
        boolean known = state == State.REGISTERING || state == State.ACTIVE;
        if (state != State.FENCED) {
            state = State.LEFT;
        }
        return known ? new SessionAction.Leave(incarnation) : SessionAction.NONE;
    }

    /** True = an attempt may be started now. */
    public synchronized boolean leaseValid(long nowNs) {
        return state == State.ACTIVE && nowNs - leaseFromNs < leaseNs;
    }

    public synchronized State state() {
        return state;
    }

    /** The incarnation of the last registration; 0 = there was none. */
    public synchronized long incarnation() {
        return incarnation;
    }

    private boolean isCurrent(long other) {
        return other == incarnation;
    }

    private SessionAction register(long nowNs) {
        patienceNs = state == State.REGISTERING ? Math.min(2 * patienceNs, LONGEST_PATIENCE_NS) : FIRST_PATIENCE_NS;
        state = State.REGISTERING;
        incarnation = drawIncarnation();
        leaseFromNs = nowNs;
        sent(nowNs, patienceNs);
        return new SessionAction.Register(incarnation);
    }

    private long drawIncarnation() {
        long drawn = random.nextLong();
        return drawn == 0 || drawn == incarnation ? drawIncarnation() : drawn;
    }

    private SessionAction heartbeat(long nowNs) {
        sent(nowNs, heartbeatIntervalNs);
        return new SessionAction.Heartbeat(incarnation);
    }

    private void sent(long nowNs, long untilNextNs) {
        sentNs = nowNs;
        unacknowledged = true;
        dueNs = nowNs + untilNextNs;
    }

    private void settle(long sentAtNs, long nowNs) {
        if (sentAtNs != sentNs || !unacknowledged) {
            return;
        }
        unacknowledged = false;
        if (state == State.REGISTERING) {
            // The scheduler can answer only from now on.
            dueNs = nowNs + patienceNs;
        }
    }

    private SessionAction accept(AgentAccepted accepted, long nowNs) {
        heartbeatIntervalNs = boundedNs(accepted.getHeartbeatIntervalMs());
        leaseNs = boundedNs(accepted.getLeaseMs());
        if (state == State.REGISTERING) {
            state = State.ACTIVE;
            // The answer proves that the registration arrived, whether or not its acknowledgement was seen.
            unacknowledged = false;
            dueNs = nowNs + firstHeartbeatNs(nowNs);
        } else {
            // Said again. What it says may differ, and the last word counts.
            long nextNs = nextHeartbeatNs(nowNs);
            dueNs = nextNs - dueNs < 0 ? nextNs : dueNs;
        }
        return SessionAction.NONE;
    }

    /** As if the interval had been this one when the last was sent; all agents of a pool hear of it at once, so those that are late spread out. */
    private long nextHeartbeatNs(long nowNs) {
        long nextNs = sentNs + heartbeatIntervalNs;
        return nextNs - nowNs < 0 ? nowNs + firstHeartbeatNs(nowNs) : nextNs;
    }

    /** A scheduler that answers an earlier registration works its way towards the current one; asking again would only add to its work. */
    private SessionAction answerOfOldQuestion(long nowNs) {
        if (state == State.REGISTERING) {
            dueNs = nowNs + patienceNs;
        }
        return SessionAction.NONE;
    }

    /** The first heartbeat comes at a random point of the interval, so that agents that registered together do not beat together. */
    private long firstHeartbeatNs(long nowNs) {
        boolean answeredLate = nowNs - leaseFromNs >= leaseNs - heartbeatIntervalNs;
        return answeredLate ? 0 : (long) (random.nextDouble() * heartbeatIntervalNs);
    }

    private SessionAction registerAgain(long nowNs) {
        // While a registration is under way this can only be meant for what was before it.
        return state == State.ACTIVE ? register(nowNs) : SessionAction.NONE;
    }

    private SessionAction fence(AgentFenced fenced) {
        state = State.FENCED;
        return new SessionAction.Stop(fenced.getMessage());
    }

    private SessionAction launch(LaunchTask launch) {
        if (state == State.ACTIVE) {
            return new SessionAction.Launch(launch);
        }
        return refuse(List.of(launch));
    }

    private SessionAction launch(LaunchTaskGroup group) {
        return state == State.ACTIVE ? new SessionAction.LaunchGroup(group) : refuse(group.getTasks());
    }

    private static SessionAction refuse(List<LaunchTask> launches) {
        return new SessionAction.Refuse(launches, "the launch came before the agent's registration was accepted");
    }

    private static long boundedNs(long ms) {
        return Duration.ofMillis(Math.max(SHORTEST_INTERVAL_MS, Math.min(ms, LONGEST_INTERVAL_MS)))
                .toNanos();
    }
}
