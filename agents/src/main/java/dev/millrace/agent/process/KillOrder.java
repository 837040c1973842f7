package dev.millrace.agent.process;

import java.util.Optional;

/**
 * That an attempt is to end, why, and from when on without mercy. It is kept in a file, so that a restarted agent goes on where the one before
 * stopped.
 *
 * @param deadlineUptimeMs when SIGTERM is followed by SIGKILL, in ms since the boot
 * @param message for people
 */
record KillOrder(Cause cause, long deadlineUptimeMs, String message) {
    /** What is set aside for an order; a beginning of it may be written over, which needs no room on the disk. */
    static final String ROOM = " ".repeat(512);

    /** Who wants it. */
    enum Cause {
        MAX_RUN_TIME,
        KILL_REQUESTED
    }

    /**
     * Both this order and another. A request to kill outranks a time limit, since it is somebody's will that the task be not restarted; and the
     * mercy is that of the stricter.
     */
    KillOrder and(KillOrder other) {
        KillOrder leading = other.cause.compareTo(cause) > 0 ? other : this;
        return new KillOrder(leading.cause, Math.min(deadlineUptimeMs, other.deadlineUptimeMs), leading.message);
    }

    String toText() {
        return cause + "\n" + deadlineUptimeMs + "\n" + message;
    }

    /** Reads what {@link #toText} wrote, with or without what is left of the {@link #ROOM}; empty if it is something else. */
    static Optional<KillOrder> ofText(String text) {
        String[] lines = text.split("\n", 3);
        if (lines.length < 3) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new KillOrder(Cause.valueOf(lines[0]), Long.parseLong(lines[1]), lines[2].stripTrailing()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
