package dev.millrace.cli.run;

import dev.millrace.contract.LogChunk;
import dev.millrace.contract.LogStream;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Knows when a task will write no more: it has ended, and the last chunks of its last attempt have come. Not every attempt has last chunks,
 * such as one whose agent was lost; so when the task has ended and nothing comes for a time, that is the end too. Mutable; owned by the
 * thread that reads the chunks.
 */
public final class EndOfOutput {
    /** Agents publish what tasks wrote within a second; this is for those that are just coming back. */
    public static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Set<LogStream> ALL = EnumSet.of(LogStream.STDOUT, LogStream.STDERR);

    private final LongSupplier clockNs;
    private final Set<LogStream> complete = EnumSet.noneOf(LogStream.class);
    private int attempt;
    private long newsNs;
    private boolean ended;
    private boolean ranLast;

    public EndOfOutput(LongSupplier clockNs) {
        this.clockNs = clockNs;
        this.newsNs = clockNs.getAsLong();
    }

    /** Takes notice of output. */
    public void take(LogChunk chunk) {
        newsNs = clockNs.getAsLong();
        if (chunk.getAttempt() > attempt) {
            attempt = chunk.getAttempt();
            complete.clear();
        }
        if (chunk.getAttempt() == attempt && chunk.getLast()) {
            complete.add(chunk.getStream());
        }
    }

    /**
     * Takes notice that the task has ended.
     *
     * @param lastAttempt the number of its last attempt; 0 if that is not known
     * @param ran whether that attempt ever ran
     */
    public void ended(int lastAttempt, boolean ran) {
        if (!ended) {
            ended = true;
            ranLast = ran && lastAttempt >= attempt;
            newsNs = clockNs.getAsLong();
        }
    }

    /** Tells whether it is known that the task has ended. */
    public boolean isTaskEnded() {
        return ended;
    }

    /** Tells whether all has come, or nothing more is to be hoped for. */
    public boolean isOver() {
        return ended && (complete.equals(ALL) || !ranLast || isGivenUp());
    }

    /** Tells whether some output is missing that might have been expected. */
    public boolean isIncomplete() {
        return ended && ranLast && !complete.equals(ALL);
    }

    private boolean isGivenUp() {
        return clockNs.getAsLong() - newsNs >= PATIENCE.toNanos();
    }
}
