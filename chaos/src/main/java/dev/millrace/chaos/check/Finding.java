package dev.millrace.chaos.check;

/**
 * Something that must never be.
 *
 * @param kind which rule it breaks
 * @param detail what exactly, for people
 */
public record Finding(Kind kind, String detail) {

    /** The rules. */
    public enum Kind {
        /** A request that was acknowledged has not come to an end. */
        LOST,
        /** An attempt started twice. */
        DOUBLE_LAUNCH,
        /** An agent had more on it than it has. */
        OVER_COMMITMENT,
        /** A status does not follow from the one before it. */
        ILLEGAL_SEQUENCE,
        /** What a task did is not what its statuses say. */
        FALSE_STATUS,
        /** A reader was shown something that is not there any more, or was there and not shown. */
        CHANGED_HISTORY,
        /** An agent was given up without a reason. */
        AGENT_LOST,
        /** What is no record did not become a dead letter, or what is one did. */
        DEAD_LETTER,
        /** A process ended of itself. */
        PROCESS_ENDED,
        /** A process did not end when it was asked to. */
        NOT_STOPPED,
        /** Deciding once more from the same inputs came out otherwise. */
        NOT_VERIFIED,
        /** The cluster did not get over a fault in time. */
        NOT_RECOVERED,
        /** Not all was done that was planned, so that the run shows less than it says. */
        NOT_DONE
    }

    @Override
    public String toString() {
        return kind + ": " + detail;
    }
}
