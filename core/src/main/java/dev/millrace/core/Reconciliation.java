package dev.millrace.core;

import dev.millrace.contract.Reason;
import dev.millrace.contract.ReconcileTasks;
import dev.millrace.contract.Reconciled;
import dev.millrace.contract.TaskStatus;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells frameworks where their tasks stand: named ones at once, all of them step by step. Mutable through {@link PoolState} only; owned by the
 * stream thread.
 */
final class Reconciliation {
    /** A status has a message of up to 4,096 characters, and no record may be larger than about a million bytes. */
    private static final int STATUSES_PER_EVENT = 100;

    private final PoolState state;
    private final Tasks tasks;
    private final FrameworkEvents events;

    Reconciliation(PoolState state, Tasks tasks, FrameworkEvents events) {
        this.state = state;
        this.tasks = tasks;
        this.events = events;
    }

    /** Answers for the named tasks, or begins with all, in place of an earlier such answer that is not complete. */
    void begin(Framework framework, ReconcileTasks call, Outbox out) {
        if (!call.getTaskIds().isEmpty()) {
            answer(framework, call.getReconciliationId(), call.getTaskIds(), out);
            return;
        }
        state.frameworks.change(framework, () -> {
            framework.reconciliationId = call.getReconciliationId();
            framework.reconciledUpTo = "";
        });
    }

    /** Tells where these tasks stand. */
    void answer(Framework framework, String reconciliationId, List<String> taskIds, Outbox out) {
        for (int from = 0; from < taskIds.size(); from += STATUSES_PER_EVENT) {
            int to = Math.min(taskIds.size(), from + STATUSES_PER_EVENT);
            List<TaskStatus> statuses = new ArrayList<>(to - from);
            for (String taskId : taskIds.subList(from, to)) {
                statuses.add(status(framework, taskId));
            }
            tell(framework, reconciliationId, statuses, to == taskIds.size(), out);
        }
    }

    /** Goes on with the answers about all tasks. False = the budget is spent and more is left. */
    boolean goOn(Budget budget, Outbox out) {
        for (Framework next = next(); next != null; next = next()) {
            if (!budget.isLeft()) {
                return false;
            }
            Framework framework = next;
            String reconciliationId = framework.reconciliationId == null ? "" : framework.reconciliationId;
            Iterator<Task> left = framework
                    .tasks
                    .tailMap(framework.reconciledUpTo, false)
                    .values()
                    .iterator();
            List<TaskStatus> statuses = new ArrayList<>();
            while (left.hasNext() && statuses.size() < STATUSES_PER_EVENT) {
                statuses.add(tasks.current(left.next()));
            }
            boolean last = !left.hasNext();
            budget.spend(1 + statuses.size());
            tell(framework, reconciliationId, statuses, last, out);
            state.frameworks.change(framework, () -> {
                framework.reconciledUpTo =
                        last ? "" : statuses.get(statuses.size() - 1).getTaskId();
                framework.reconciliationId = last ? null : reconciliationId;
            });
        }
        return true;
    }

    private @Nullable Framework next() {
        return state.frameworks.firstReconciling();
    }

    private void tell(
            Framework framework, String reconciliationId, List<TaskStatus> statuses, boolean last, Outbox out) {
        events.send(framework.id, new Reconciled(state.pool, framework.id, reconciliationId, statuses, last), out);
    }

    private TaskStatus status(Framework framework, String taskId) {
        Task task = state.task(taskId);
        return task != null && task.frameworkId.equals(framework.id)
                ? tasks.current(task)
                : tasks.unknown(
                        taskId,
                        framework.id,
                        Cause.scheduler(
                                Reason.REASON_RECONCILIATION, "framework " + framework.id + " has no task of this id"));
    }
}
