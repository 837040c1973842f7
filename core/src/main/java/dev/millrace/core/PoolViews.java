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
        PoolView view = view(Instant.ofEpochMilli(state.clocks.wallMs()));
        PoolView last = state.lastView;
        if (last != null && view(last.getDecidedAt()).equals(last)) {
            return;
        }
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
        Amount total = Amount.zero();
        Amount free = Amount.zero();
        for (Agent agent : state.capacity.agents()) {
            total.add(agent.total);
            free.add(agent.free);
        }
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
