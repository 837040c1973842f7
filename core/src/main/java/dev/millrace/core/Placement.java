package dev.millrace.core;

import org.jspecify.annotations.Nullable;

/**
 * Gives waiting tasks to agents: the next task in order goes to the agent that it fits most tightly; a class that fits nowhere is passed
 * over until an agent gets room. Mutable through {@link PoolState} only; owned by the stream thread.
 */
final class Placement {
    private final PoolState state;
    private final Tasks tasks;

    Placement(PoolState state, Tasks tasks) {
        this.state = state;
        this.tasks = tasks;
    }

    /** Places what there is room for. True = there is more that could be placed and the budget is spent. */
    boolean placeAll(Budget budget, Outbox out) {
        for (RequestClass next = state.waiting.firstReady(); next != null; next = state.waiting.firstReady()) {
            Agent agent = find(next);
            if (agent == null) {
                state.waiting.block(next);
            } else if (budget.isLeft()) {
                tasks.place(next.waiting.first(), agent, out);
                budget.spend(1);
            } else {
                return true;
            }
        }
        return false;
    }

    private @Nullable Agent find(RequestClass requestClass) {
        return state.capacity.find(requestClass, state.settings.getPlacement(), state.settings.getMaxTasksPerAgent());
    }
}
