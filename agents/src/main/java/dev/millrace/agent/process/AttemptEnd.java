package dev.millrace.agent.process;

import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt ended.
 *
 * @param exitCode if the process exited
 * @param signal if a signal ended it
 * @param at when, by this machine's clock
 */
record AttemptEnd(
        TaskState state,
        Reason reason,
        String message,
        @Nullable Integer exitCode,
        @Nullable Integer signal,
        Instant at) {

    /** An end about which nothing else is known, now. */
    static AttemptEnd of(TaskState state, Reason reason, String message) {
        return new AttemptEnd(state, reason, message, null, null, Instant.now());
    }

    /** The attempt never started, and another agent or a later try may do better. */
    static AttemptEnd dropped(Reason reason, String message) {
        return of(TaskState.TASK_DROPPED, reason, message);
    }

    /** The attempt never started, and the task itself is why. */
    static AttemptEnd impossible(String message) {
        return of(TaskState.TASK_ERROR, Reason.REASON_CONTAINER_LAUNCH_FAILED, message);
    }

    /** What an agent writes into the claim of an attempt that is never to start. */
    String toClaim() {
        return state + "\n" + reason + "\n" + at.toEpochMilli() + "\n" + message;
    }

    /** Reads what {@link #toClaim} wrote; empty if it is something else, such as the empty claim of a shim. */
    static Optional<AttemptEnd> ofClaim(String text) {
        String[] lines = text.split("\n", 4);
        if (lines.length < 4) {
            return Optional.empty();
        }
        try {
            return Optional.of(new AttemptEnd(
                    TaskState.valueOf(lines[0]),
                    Reason.valueOf(lines[1]),
                    lines[3],
                    null,
                    null,
                    Instant.ofEpochMilli(Long.parseLong(lines[2]))));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
