package dev.millrace.core;

import dev.millrace.contract.Reason;
import dev.millrace.contract.StatusSource;
import dev.millrace.contract.TaskReport;

/**
 * Why a task changed.
 *
 * @param source who knows
 * @param reason the reason
 * @param message the same for people; may be empty
 */
record Cause(StatusSource source, Reason reason, String message) {
    static Cause scheduler(Reason reason, String message) {
        return new Cause(StatusSource.SOURCE_SCHEDULER, reason, message);
    }

    static Cause reported(TaskReport report) {
        return new Cause(report.getSource(), report.getReason(), report.getMessage());
    }
}
