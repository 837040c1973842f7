package dev.millrace.core;

import dev.millrace.schemas.Store;
import dev.millrace.state.SavedClock;

/**
 * The two clocks of a partition, moved by ticks only. <em>Wall</em> is the time of the last tick, or before the first one that of the very
 * first input; only not-before times, expiry and display use it. <em>Elapsed</em> grows with each tick by the time since the one before, but never backwards and never by more than two tick
 * intervals; every timeout uses it, so an outage, a backlog or a wrong clock ages nothing. Mutable; owned by the stream thread.
 */
final class Clocks {
    private static final String KEY = "clock";

    private long wallMs;
    private long elapsedMs;

    long wallMs() {
        return wallMs;
    }

    long elapsedMs() {
        return elapsedMs;
    }

    /** Takes the first input's time, so that what is decided before the first tick has a date. */
    void begin(long timestampMs, Outbox out) {
        if (wallMs == 0) {
            wallMs = timestampMs;
            save(out);
        }
    }

    void tick(long timestampMs, long intervalMs) {
        if (wallMs != 0) {
            elapsedMs += Math.min(Math.max(0, timestampMs - wallMs), 2 * intervalMs);
        }
        wallMs = timestampMs;
    }

    void save(Outbox out) {
        out.change(Store.CLOCK, KEY, new SavedClock(wallMs, elapsedMs));
    }

    void restore(SavedClock saved) {
        wallMs = saved.getWallMs();
        elapsedMs = saved.getElapsedMs();
    }
}
