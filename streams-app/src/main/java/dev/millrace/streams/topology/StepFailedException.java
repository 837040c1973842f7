package dev.millrace.streams.topology;

/** The core failed on an input. The stream thread that it happens on is replaced, and the partition rebuilt from its stores. */
public final class StepFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StepFailedException(String place, int times, Throwable cause) {
        super(
                "the core failed on the input " + place + ", failure " + times + " of " + FailureLedger.FAILURES_TO_SKIP
                        + " before it is skipped and becomes a dead letter: " + cause,
                cause);
    }
}
