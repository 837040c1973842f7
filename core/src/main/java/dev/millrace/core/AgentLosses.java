package dev.millrace.core;

import dev.millrace.contract.TaskState;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Says when an unreachable agent's tasks may be replaced. Without a limit that is when their policies say so. With one, their agent has to
 * be declared lost first, which happens to no more than so many agents within a minute, in the order in which their tasks are due; the others
 * are held back, and lose nothing if they return meanwhile. Who is next follows from the tasks' timers, so that no queue need be stored.
 * Mutable through {@link PoolState} only; owned by the stream thread.
 */
final class AgentLosses {
    private final PoolState state;

    AgentLosses(PoolState state) {
        this.state = state;
    }

    /** The agent that is to be declared lost now; null = none is due, or as many as may be have been, or there is no limit. */
    @Nullable
    Agent due() {
        Task first = isLimited() ? dueIn(TaskTimers.Kind.REPLACE) : null;
        return first == null || nextFromMs() > state.clocks.elapsedMs() ? null : state.agent(first.agentId);
    }

    /** From now on the agent's tasks are replaced as their policies say. */
    void declare(Agent agent) {
        agent.declaredLost = true;
        state.touch(agent);
        state.recentLosses.add(state.clocks.elapsedMs());
        state.touchPool();
        for (Task task : agent.tasks.values()) {
            Tasks.armReplacement(state, task);
        }
    }

    /** The task that is to be replaced now; null = none is. */
    @Nullable
    Task dueTask() {
        Task task = dueIn(TaskTimers.Kind.REPLACE_DECLARED);
        return task != null || isLimited() ? task : dueIn(TaskTimers.Kind.REPLACE);
    }

    /** Whether the task would be lost by now if it were not for the limit. */
    boolean holdsBack(Task task) {
        return isLimited()
                && task.state == TaskState.TASK_UNREACHABLE
                && task.timer == TaskTimers.Kind.REPLACE
                && task.timerMs <= state.clocks.elapsedMs();
    }

    /** How many agents are to be declared lost before that of a task that is held back. */
    int agentsBefore(Task task) {
        Set<String> agentIds = new TreeSet<>();
        for (Task other : state.timers.all(TaskTimers.Kind.REPLACE)) {
            if (task.agentId != null && task.agentId.equals(other.agentId)) {
                break;
            }
            agentIds.add(String.valueOf(other.agentId));
        }
        return agentIds.size();
    }

    /** After how much elapsed time, at the earliest, an agent is declared lost before which there are so many others. */
    long waitMs(int agentsBefore) {
        long nextMs = Math.max(0, nextFromMs() - state.clocks.elapsedMs());
        return nextMs + agentsBefore / state.settings.getAgentLossesPerMinute() * RecentLosses.WINDOW_MS;
    }

    private boolean isLimited() {
        return state.settings.getAgentLossesPerMinute() > 0;
    }

    private long nextFromMs() {
        return state.recentLosses.nextFromMs(state.settings.getAgentLossesPerMinute());
    }

    private @Nullable Task dueIn(TaskTimers.Kind kind) {
        Task task = state.timers.first(kind);
        return task != null && task.timerMs <= state.clocks.elapsedMs() ? task : null;
    }
}
