package dev.millrace.core;

import dev.millrace.contract.Reason;
import dev.millrace.contract.ReconcileTasks;
import dev.millrace.contract.Reconciled;
import dev.millrace.contract.TaskStatus;
import dev.millrace.schemas.FrameworkCall;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells frameworks where their tasks stand: named ones at once, all of them step by step. Mutable through {@link PoolState} only; owned by the
 * stream thread.
 */
final class Reconciliation {
    private static final int STATUSES_PER_EVENT = 250;
    /** No record may have more than about a million bytes, and a character has three at the most. */
    private static final int MOST_CHARACTERS_PER_EVENT = 150_000;

    private final PoolState state;
    private final Tasks tasks;
    private final FrameworkEvents events;

    Reconciliation(PoolState state, Tasks tasks, FrameworkEvents events) {
        this.state = state;
        this.tasks = tasks;
        this.events = events;
    }

    /** Answers for the named tasks, or begins with all. */
    void begin(Framework framework, ReconcileTasks call, Outbox out) {
        if (!call.getTaskIds().isEmpty()) {
            answer(framework, call.getReconciliationId(), call.getTaskIds(), out);
            return;
        }
        if (framework.reconciliationId != null) {
            events.error(
                    new FrameworkCall(framework.id, framework.incarnation),
                    "ReconcileTasks",
                    call.getReconciliationId(),
                    false,
                    Reason.REASON_INVALID_CALL,
                    "the answer to reconciliation '" + framework.reconciliationId + "' is not complete yet",
                    out);
            return;
        }
        state.frameworks.change(framework, () -> {
            framework.reconciliationId = call.getReconciliationId();
            framework.reconciledUpTo = "";
        });
    }

    /** Tells where these tasks stand. */
    void answer(Framework framework, String reconciliationId, List<String> taskIds, Outbox out) {
        Batch batch = new Batch();
        for (String taskId : taskIds) {
            if (batch.isFull()) {
                tell(framework, reconciliationId, batch.statuses, false, out);
                batch = new Batch();
            }
            batch.add(status(framework, taskId));
        }
        tell(framework, reconciliationId, batch.statuses, true, out);
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
            Batch batch = new Batch();
            while (left.hasNext() && !batch.isFull()) {
                batch.add(tasks.current(left.next()));
            }
            List<TaskStatus> statuses = batch.statuses;
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

    /** The statuses of one event. */
    private static final class Batch {
        private final List<TaskStatus> statuses = new ArrayList<>();
        private int characters;

        boolean isFull() {
            return statuses.size() == STATUSES_PER_EVENT || characters >= MOST_CHARACTERS_PER_EVENT;
        }

        void add(TaskStatus status) {
            statuses.add(status);
            characters += status.getMessage().length() + 1_000;
        }
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
