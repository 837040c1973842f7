package dev.millrace.streams.topology;

/** The core failed on an input. The stream thread that it happens on is replaced, and the partition rebuilt from its stores. */
public final class StepFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int partition;
    private final boolean tick;

    /**
     * @param place where the input lies
     * @param partition its partition
     * @param tick whether it is a tick
     * @param times how often the core has failed on it by now
     */
    StepFailedException(String place, int partition, boolean tick, int times, Throwable cause) {
        super(
                "the core failed on the input " + place + ", failure " + times + " of " + FailureLedger.FAILURES_TO_SKIP
                        + " before it is skipped and becomes a dead letter: " + cause,
                cause);
        this.partition = partition;
        this.tick = tick;
    }

    /** The partition that the input lies in. */
    public int partition() {
        return partition;
    }

    /** True if the input is a tick, without which the partition's clocks stand still. */
    public boolean tick() {
        return tick;
    }
}
