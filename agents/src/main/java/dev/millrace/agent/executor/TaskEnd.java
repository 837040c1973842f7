package dev.millrace.agent.executor;

import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;

/** How an attempt ended of which its executor did not say it. */
record TaskEnd(TaskState state, Reason reason, String message) {

    /** It certainly never came to its executor. */
    static TaskEnd dropped(Reason reason, String message) {
        return new TaskEnd(TaskState.TASK_DROPPED, reason, message);
    }

    static TaskEnd failed(Reason reason, String message) {
        return new TaskEnd(TaskState.TASK_FAILED, reason, message);
    }

    /** It was killed before it was handed over. */
    static TaskEnd killedBefore(String message) {
        return new TaskEnd(TaskState.TASK_KILLED, Reason.REASON_TASK_KILLED_DURING_LAUNCH, message);
    }
}
