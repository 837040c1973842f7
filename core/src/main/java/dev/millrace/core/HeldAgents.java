package dev.millrace.core;

import dev.millrace.state.HoldKind;
import dev.millrace.state.SavedHold;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * What agents keep for waiting tasks: the agent's ledger, the role's and the task say the same. Whom something is kept for is decided by
 * {@link Holds} and {@link Preemption}. Mutable; owned by the stream thread.
 */
final class HeldAgents {
    private final PoolState state;
    /** The tasks that something is kept for, by submission. */
    private final TreeSet<Task> holders = new TreeSet<>(Comparator.comparingLong(t -> t.submission));

    HeldAgents(PoolState state) {
        this.state = state;
    }

    boolean isEmpty() {
        return holders.isEmpty();
    }

    /** The tasks that something is kept for now, by submission. */
    List<Task> holders() {
        return List.copyOf(holders);
    }

    int size() {
        return holders.size();
    }

    /** Keeps what a waiting task needs on an agent, of what is free or becomes so. */
    void hold(Task task, Agent agent, HoldKind kind, long roomByMs) {
        resume(task, new SavedHold(kind, agent.id, state.clocks.elapsedMs(), roomByMs));
        state.touch(task);
    }

    /** Takes a hold away for a moment, to see what fits without it; nobody is told that there is room. */
    SavedHold suspend(Task task) {
        SavedHold hold = task.hold;
        if (hold == null) {
            throw new IllegalStateException("nothing is held for task " + task.id);
        }
        task.hold = null;
        holders.remove(task);
        state.roles.hold(task.leaf(), task.requestClass().need, -1);
        Agent agent = state.agent(hold.getAgentId());
        state.capacity.change(agent, () -> agent.release(task));
        return hold;
    }

    /** Puts a hold back as it was. */
    void resume(Task task, SavedHold hold) {
        Amount need = task.requestClass().need;
        task.hold = hold;
        Agent agent = state.agent(hold.getAgentId());
        state.capacity.change(agent, () -> agent.hold(task, need));
        state.roles.hold(task.leaf(), need, 1);
        holders.add(task);
    }

    /** Keeps it no longer, if it was kept. */
    void letGo(Task task) {
        if (task.hold == null) {
            return;
        }
        Agent agent = state.agent(suspend(task).getAgentId());
        state.touch(task);
        state.hasLess(task.leaf());
        if (agent.isActive()) {
            state.gotRoom(agent);
        }
    }

    /** Keeps nothing on the agent for anybody any more. */
    void letGoOf(Agent agent) {
        for (Claims.Hold hold : List.copyOf(agent.holds.values())) {
            letGo(hold.task());
        }
    }
}
