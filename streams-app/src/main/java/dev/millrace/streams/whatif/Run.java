package dev.millrace.streams.whatif;

import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt goes if nobody ends it.
 *
 * @param startDelayMs how long it takes from its launch until it runs, or ends without having run
 * @param runMs how long it runs; {@link #UNSEEN} = longer than anybody has seen
 * @param end what it ends as
 * @param reason why
 * @param exitCode its exit code, if it ends with one
 * @param signal the signal that ends it, if one does
 * @param runs false = it ends without having run
 */
record Run(
        long startDelayMs,
        long runMs,
        TaskState end,
        Reason reason,
        @Nullable Integer exitCode,
        @Nullable Integer signal,
        boolean runs) {
    static final long UNSEEN = -1;

    /** A run of which nobody has seen the end. */
    static Run endless(long startDelayMs) {
        return new Run(startDelayMs, UNSEEN, TaskState.TASK_RUNNING, Reason.REASON_NONE, null, null, true);
    }

    /** A run that ends well after so long. */
    static Run of(long startDelayMs, long runMs) {
        return new Run(startDelayMs, runMs, TaskState.TASK_FINISHED, Reason.REASON_COMMAND_EXITED, 0, null, true);
    }
}
