package dev.millrace.client;

import dev.millrace.contract.Reason;
import dev.millrace.contract.TaskState;
import dev.millrace.contract.TaskStatus;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Knows which status is the last one of a task: one with {@code taskEnded}, or the refusal of its request. A refusal ends nothing if a status of the
 * task itself came before it, or if it says that the id is taken; see {@link StatusStream#awaitEnd}. Mutable; is given all statuses in order.
 */
final class TaskEnds {
    private final Set<String> open;
    private final Set<String> seen = new HashSet<>();

    TaskEnds(Collection<String> taskIds) {
        open = new HashSet<>(taskIds);
    }

    /** Whether all of the tasks have ended. */
    boolean all() {
        return open.isEmpty();
    }

    /** Whether one of the tasks ends with this status. */
    boolean endedBy(TaskStatus status) {
        boolean answer = status.getSequence() == 0;
        boolean end = answer ? refuses(status) && !seen.contains(status.getTaskId()) : status.getTaskEnded();
        if (end) {
            return open.remove(status.getTaskId());
        }
        if (!answer && open.contains(status.getTaskId())) {
            seen.add(status.getTaskId());
        }
        return false;
    }

    /** A launch is also refused because its offer was gone. */
    private static boolean refuses(TaskStatus answer) {
        return answer.getState() == TaskState.TASK_DROPPED
                || (answer.getState() == TaskState.TASK_ERROR && answer.getReason() != Reason.REASON_DUPLICATE_TASK_ID);
    }
}
