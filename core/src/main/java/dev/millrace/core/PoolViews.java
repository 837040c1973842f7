package dev.millrace.core;

import dev.millrace.contract.PoolView;
import dev.millrace.contract.StateCount;
import dev.millrace.contract.TaskState;
import dev.millrace.schemas.Topic;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Publishes how a pool stands, at ticks, when that has changed since it was published last. Owned by the stream thread. */
final class PoolViews {
    private final PoolState state;

    PoolViews(PoolState state) {
        this.state = state;
    }

    void publishIfChanged(Outbox out) {
        Instant now = Instant.ofEpochMilli(state.clocks.wallMs());
        PoolView last = state.lastView;
        PoolView view = view(last == null ? now : last.getDecidedAt());
        if (view.equals(last)) {
            return;
        }
        view = PoolView.newBuilder(view).setDecidedAt(now).build();
        state.lastView = view;
        state.touchPool();
        out.send(Topic.CLUSTER_STATE, state.pool, view);
    }

    private PoolView view(Instant decidedAt) {
        List<StateCount> counts = new ArrayList<>();
        for (TaskState taskState : TaskState.values()) {
            long tasks = state.tasksIn(taskState);
            if (tasks != 0) {
                counts.add(new StateCount(taskState, tasks));
            }
        }
        List<Amount> totals = new ArrayList<>();
        List<Amount> left = new ArrayList<>();
        for (Agent agent : state.capacity.agents()) {
            totals.add(agent.total);
            left.add(agent.free);
        }
        Amount total = Amount.sum(totals);
        Amount free = Amount.sum(left);
        Amount allocated = total.copy();
        allocated.subtract(free);
        return new PoolView(
                state.pool,
                counts,
                state.tasksEnded,
                state.capacity.size(),
                state.agents.size() - state.capacity.size(),
                total.toResources(),
                allocated.toResources(),
                decidedAt);
    }
}
