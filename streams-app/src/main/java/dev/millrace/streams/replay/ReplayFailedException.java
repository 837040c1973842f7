package dev.millrace.streams.replay;

import dev.millrace.streams.replay.ReplayResult.PartitionResult;

/** A replay did not come out as it was, or what it needs is no longer there, so that nothing can be built on it. */
public final class ReplayFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ReplayFailedException(PartitionResult result) {
        this(result.partition(), result.detail());
    }

    ReplayFailedException(int partition, String why) {
        super("partition " + partition + " can't be replayed: " + why);
    }
}
