package dev.millrace.streams.replay;

import java.time.Instant;
import java.util.Optional;

/**
 * What of the log is replayed.
 *
 * @param from the replay begins at the newest snapshot that is not later, or else at the beginning; empty = as early as possible
 * @param to it ends before what is later; empty = at the present
 */
public record ReplayRange(Optional<Instant> from, Optional<Instant> to) {
    /** All that can be replayed. */
    public static final ReplayRange ALL = new ReplayRange(Optional.empty(), Optional.empty());

    public ReplayRange {
        if (from.isPresent() && to.isPresent() && from.get().isAfter(to.get())) {
            throw new IllegalArgumentException("it ends at " + to.get() + ", before it begins at " + from.get());
        }
    }
}
