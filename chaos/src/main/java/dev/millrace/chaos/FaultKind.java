package dev.millrace.chaos;

import java.util.Locale;

/** What can be done to a cluster. Faults of one lane happen one after the other, those of different lanes at the same time. */
public enum FaultKind {
    /** SIGKILL of a scheduler, which is started again sooner or later than others take its partitions. */
    SCHEDULER_KILL(Lane.SCHEDULERS),
    /** SIGTERM of a scheduler, which is then started again. */
    SCHEDULER_RESTART(Lane.SCHEDULERS),
    /** SIGSTOP of a scheduler until others have its partitions and its transaction is aborted; then it goes on, and must change nothing. */
    SCHEDULER_SUSPEND(Lane.SCHEDULERS),
    /** A scheduler is cut off from the brokers for as long, while it works on. */
    SCHEDULER_CUT(Lane.SCHEDULERS),
    /** A scheduler's disk is full. If it ends because of that, it is started again when there is room. */
    SCHEDULER_DISK_FULL(Lane.SCHEDULERS, true),
    /** SIGKILL of an agent, whose tasks go on; it is started again. */
    AGENT_KILL(Lane.AGENTS),
    /** SIGTERM of an agent, which is then started again. */
    AGENT_RESTART(Lane.AGENTS),
    /** SIGSTOP of an agent beyond its lease. */
    AGENT_SUSPEND(Lane.AGENTS),
    /** An agent is cut off from the brokers beyond its lease, and learns late what was sent to it. */
    AGENT_CUT(Lane.AGENTS),
    /** An agent's disk is full. */
    AGENT_DISK_FULL(Lane.AGENTS, true),
    /** An agent's disk is full, and it is killed and started again meanwhile. */
    AGENT_DISK_FULL_KILL(Lane.AGENTS, true),
    /** SIGKILL of a broker, which is started again. */
    BROKER_KILL(Lane.BROKERS),
    /** SIGSTOP of a broker. */
    BROKER_SUSPEND(Lane.BROKERS),
    /** A broker's disk is full. It ends because of that, and is started again when there is room. */
    BROKER_DISK_FULL(Lane.BROKERS, true),
    /** The brokers' clocks go ten minutes ahead, then ten minutes behind, then right. */
    CLOCK_SKEW(Lane.BROKERS),
    /** What is no record on every topic that the scheduler reads. */
    POISON(Lane.BROKERS);

    /** Who suffers. */
    public enum Lane {
        SCHEDULERS,
        AGENTS,
        BROKERS
    }

    private final Lane lane;
    private final boolean fillsDisk;

    FaultKind(Lane lane) {
        this(lane, false);
    }

    FaultKind(Lane lane, boolean fillsDisk) {
        this.lane = lane;
        this.fillsDisk = fillsDisk;
    }

    public Lane lane() {
        return lane;
    }

    /** Whether it needs somebody whose disk can be filled. */
    public boolean fillsDisk() {
        return fillsDisk;
    }

    /** As people read it. */
    public String words() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
