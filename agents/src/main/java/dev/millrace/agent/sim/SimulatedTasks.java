package dev.millrace.agent.sim;

import java.util.concurrent.atomic.LongAdder;

/** What holds for the tasks of all simulated agents, and how many there were. Thread-safe. */
final class SimulatedTasks {
    private final RunTime runTime;
    private final double failureRate;
    private final boolean emptyLogs;
    private final LongAdder launched = new LongAdder();
    private final LongAdder finished = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder killed = new LongAdder();
    private final LongAdder dropped = new LongAdder();

    SimulatedTasks(RunTime runTime, double failureRate, boolean emptyLogs) {
        this.runTime = runTime;
        this.failureRate = failureRate;
        this.emptyLogs = emptyLogs;
    }

    RunTime runTime() {
        return runTime;
    }

    double failureRate() {
        return failureRate;
    }

    boolean emptyLogs() {
        return emptyLogs;
    }

    void countLaunched() {
        launched.increment();
    }

    void countEnded(boolean failure) {
        (failure ? failed : finished).increment();
    }

    void countKilled() {
        killed.increment();
    }

    void countDropped() {
        dropped.increment();
    }

    /** The counts, each taken at about the same time. */
    Counts counts() {
        return new Counts(launched.sum(), finished.sum(), failed.sum(), killed.sum(), dropped.sum());
    }

    record Counts(long launched, long finished, long failed, long killed, long dropped) {}
}
