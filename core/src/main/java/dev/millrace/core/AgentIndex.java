package dev.millrace.core;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Agents for a search: those without GPUs apart from those with, so that tasks that need none leave the latter to those that do. Mutable;
 * owned by the stream thread.
 */
final class AgentIndex {
    private final FreeIndex withoutGpus;
    private final FreeIndex withGpus;

    /** One in the order of what everybody may use, or the tasks of a role for which each of these agents has a reservation. */
    AgentIndex(@Nullable String role) {
        withoutGpus = new FreeIndex(role);
        withGpus = new FreeIndex(role);
    }

    int size() {
        return withoutGpus.size() + withGpus.size();
    }

    void add(Agent agent) {
        part(agent).add(agent);
    }

    void remove(Agent agent) {
        part(agent).remove(agent);
    }

    /** Shows the agents that may have room for the class to the search: for tasks without GPUs those without GPUs come first. */
    void walk(RequestClass requestClass, int maxTasksPerAgent, boolean fromEnd, Search search) {
        if (requestClass.need.gpuMillis == 0) {
            withoutGpus.walk(requestClass, maxTasksPerAgent, fromEnd, search);
        }
        if (!search.isOver()) {
            withGpus.walk(requestClass, maxTasksPerAgent, fromEnd, search);
        }
    }

    /** The agents in order; for tests. */
    List<Agent> agents() {
        List<Agent> all = new ArrayList<>(withoutGpus.agents());
        all.addAll(withGpus.agents());
        return all;
    }

    private FreeIndex part(Agent agent) {
        return agent.total.gpuMillis > 0 ? withGpus : withoutGpus;
    }
}
