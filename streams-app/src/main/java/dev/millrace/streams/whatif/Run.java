package dev.millrace.streams.whatif;

import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt goes once it has started, if nobody ends it.
 *
 * @param runMs how long it runs; {@link #UNSEEN} = longer than anybody has seen
 * @param end what it ends as
 * @param reason why
 * @param exitCode its exit code, if it ends with one
 * @param signal the signal that ends it, if one does
 * @param runs false = it ends without having run
 */
record Run(
        long runMs,
        TaskState end,
        Reason reason,
        @Nullable Integer exitCode,
        @Nullable Integer signal,
        boolean runs) {
    static final long UNSEEN = -1;

    /** A run of which nobody has seen the end. */
    static final Run ENDLESS = new Run(UNSEEN, TaskState.TASK_RUNNING, Reason.REASON_NONE, null, null, true);

    /** A run that ends well after so long. */
    static Run of(long runMs) {
        return new Run(runMs, TaskState.TASK_FINISHED, Reason.REASON_COMMAND_EXITED, 0, null, true);
    }
}
