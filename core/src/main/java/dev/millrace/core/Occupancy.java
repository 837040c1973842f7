package dev.millrace.core;

/**
 * Which task is on which agent: the agent's ledger, what the roles have and what is counted for nearness say the same. Mutable; owned by the
 * stream thread.
 */
final class Occupancy {
    private static final int MAX_PRIORITY = 100;

    private final PoolState state;
    /** How many tasks of each priority are on agents. */
    private final int[] placedByPriority = new int[MAX_PRIORITY + 1];

    Occupancy(PoolState state) {
        this.state = state;
    }

    /** Puts back what was stored; the agent's ledger is drawn up later. */
    void restore(Agent agent, Task task) {
        agent.tasks.put(task.id, task);
        state.roles.charge(task.leaf(), task.requestClass().need, 1);
        placedByPriority[task.priority]++;
    }

    /** Gives the agent the task's current attempt. */
    void occupy(Agent agent, Task task) {
        tryOccupy(agent, task);
        makeGood(task);
    }

    /** Gives the agent a task that a framework launches in what was offered to it; the room has less then. */
    void occupy(Agent agent, Task task, Room offered) {
        state.capacity.change(agent, () -> agent.occupy(task, state.mix.score(), offered));
        count(agent, task);
        makeGood(task);
    }

    /** Gives the agent the task to see whether more find room; it is either made good or undone. */
    void tryOccupy(Agent agent, Task task) {
        state.capacity.change(agent, () -> agent.occupy(task, state.mix.score()));
        count(agent, task);
    }

    private void count(Agent agent, Task task) {
        state.nearness.count(task, agent, 1);
        task.agentId = agent.id;
        state.roles.charge(task.leaf(), task.requestClass().need, 1);
    }

    /** Makes good what was tried. */
    void makeGood(Task task) {
        state.nearness.announce(task, 1);
        placedByPriority[task.priority]++;
    }

    /** Takes back what was tried, as if nothing had been. */
    void undo(Task task) {
        Agent agent = state.agent(task.agentId);
        state.capacity.change(agent, () -> agent.vacate(task));
        state.nearness.count(task, agent, -1);
        task.agentId = null;
        state.roles.charge(task.leaf(), task.requestClass().need, -1);
    }

    /** Takes the task's current attempt off its agent, which gets room by it, and so does its role. */
    void vacate(Task task) {
        Agent agent = task.agentId == null ? null : state.agents.get(task.agentId);
        if (agent == null || agent.tasks.get(task.id) != task) {
            throw new IllegalStateException("task " + task.id + " is on no agent");
        }
        state.capacity.change(agent, () -> agent.vacate(task));
        state.nearness.count(task, agent, -1);
        state.nearness.announce(task, -1);
        state.roles.charge(task.leaf(), task.requestClass().need, -1);
        placedByPriority[task.priority]--;
        state.hasLess(task.leaf());
        state.gotRoom(agent);
    }

    /** From now on tasks may be withdrawn, to see what the class would fit on without them. */
    void beginTrial(RequestClass requestClass) {
        if (requestClass.nearness != null) {
            requestClass.nearness.watch(requestClass);
        }
    }

    /** Takes a task off its agent for a trial; each that is withdrawn is reinstated before anything else is done. */
    void withdraw(Agent agent, Task task) {
        agent.withdraw(task);
        state.nearness.count(task, agent, -1);
    }

    /** Undoes {@link #withdraw}. */
    void reinstate(Agent agent, Task task) {
        agent.reinstate(task);
        state.nearness.count(task, agent, 1);
    }

    /** Whether a task of at most this priority is on an agent. */
    boolean anyPlacedUpTo(int priority) {
        for (int p = 0; p <= Math.min(priority, MAX_PRIORITY); p++) {
            if (placedByPriority[p] > 0) {
                return true;
            }
        }
        return false;
    }
}
