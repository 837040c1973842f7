package dev.millrace.core;

import dev.millrace.contract.PlacementPolicy;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the agent for a task. There is one index of all active agents, and one of their own for constraints that make searches in that one
 * long; both find the same agent. An agent's ledger changes through {@link #change} only, so that the indexes stay true. Mutable; owned by
 * the stream thread.
 */
final class CapacityIndex {
    /** A search that looks at more agents than this counts as long. */
    private static final int LONG_SEARCH = 64;
    /**
     * Constraints get an index of their own once long searches for them have looked at so many times as many agents as there are: making it,
     * and later making room for another one, then costs little in comparison.
     */
    private static final int LOOKS_PER_AGENT = 8;
    /** For so many constraint sets looks are counted before all counts begin anew. */
    private static final int MOST_COUNTED = 1_024;
    /** How many constraint sets may have one; the one that was not used for longest gives way. */
    private static final int OWN_INDEXES = 32;

    private final Tally total = new Tally();
    private long totalVersion;
    private final Tally freeTotal = new Tally();
    private final AgentIndex all = new AgentIndex(null);
    /** The agents that have a reservation for a role, by that role, in the order of what its tasks may use. */
    private final TreeMap<String, AgentIndex> reserved = new TreeMap<>();

    private final Search search = new Search();
    private final AttributeValues values = new AttributeValues();
    private final FragmentationIndex fragmentation = new FragmentationIndex();
    private @Nullable FragmentationScore score;

    private final TreeMap<String, Agent> agents = new TreeMap<>();
    /** Their slots, since each change of an agent asks whether it is in. */
    private final BitSet slots = new BitSet();

    private final Map<ConstraintSet, AgentIndex> own = new LinkedHashMap<>(16, 0.75f, true);
    /** How many agents long searches for constraints have looked at. */
    private final IdentityHashMap<ConstraintSet, Long> looks = new IdentityHashMap<>();

    /** All that the active agents have. */
    Tally total() {
        return total;
    }

    /** Tells whether the total has changed. */
    long totalVersion() {
        return totalVersion;
    }

    /** Takes an active agent in. */
    void add(Agent agent) {
        agents.put(agent.id, agent);
        slots.set(agent.slot);
        total.add(agent.total);
        totalVersion++;
        insert(agent);
    }

    /** Takes an agent out, if it is in. */
    void remove(Agent agent) {
        if (agents.remove(agent.id) != null) {
            slots.clear(agent.slot);
            total.subtract(agent.total);
            totalVersion++;
            extract(agent);
        }
    }

    /** Changes an agent's ledger or attributes, whether it is in or not. */
    void change(Agent agent, Runnable change) {
        boolean in = slots.get(agent.slot);
        if (in) {
            extract(agent);
        }
        change.run();
        if (in) {
            insert(agent);
        }
    }

    int size() {
        return agents.size();
    }

    /** The active agents, by id. */
    Iterable<Agent> agents() {
        return agents.values();
    }

    /** Says by which rule placement by fragmentation goes; null = nothing is placed by it. */
    void score(@Nullable FragmentationScore score) {
        this.score = score;
    }

    /**
     * The agent that the next task of the class is to be placed on. It is sought among those that have a reservation for its role, then for the
     * role above it and so on, at last among all; the policy says in which order. Where the class has wishes, the one where most of them are
     * met is taken, ties going to the order; null = none fits. By fragmentation, classes with wishes or rules of nearness are placed tightly.
     */
    @Nullable
    Agent find(RequestClass requestClass, PlacementPolicy policy, int maxTasksPerAgent) {
        if (policy == PlacementPolicy.FRAGMENTATION && score != null && requestClass.nearness == null) {
            return fragmentation.find(requestClass, score, maxTasksPerAgent);
        }
        boolean spread = policy == PlacementPolicy.SPREAD;
        boolean mostDevices = spread && requestClass.need.gpuMillis > 0;
        if (!reserved.isEmpty()) {
            search.begin(requestClass, mostDevices);
            searchReserved(requestClass, maxTasksPerAgent, spread);
            if (search.found() != null) {
                return search.found();
            }
        }
        ConstraintSet constraints = requestClass.constraints;
        AgentIndex index = constraints.isEmpty() ? all : own.getOrDefault(constraints, all);
        search.begin(requestClass, mostDevices);
        index.walk(requestClass, maxTasksPerAgent, spread, search);
        if (!constraints.isEmpty() && index == all && search.examined() > LONG_SEARCH) {
            noteLongSearch(constraints, search.examined());
        }
        return search.found();
    }

    /** From now on it is known which values of the attribute active agents have. */
    void countValues(String attribute) {
        values.ask(attribute, agents.values());
    }

    /** Which values of attributes active agents have. */
    AttributeValues values() {
        return values;
    }

    /** The order of all active agents; for tests of what a restart rebuilds. */
    Iterable<Agent> inOrder() {
        return all.agents();
    }

    private void searchReserved(RequestClass requestClass, int maxTasksPerAgent, boolean spread) {
        String leaf = requestClass.leaf.name;
        for (String role = leaf; !role.isEmpty() && search.found() == null; role = Roles.above(role)) {
            AgentIndex index = reserved.get(role);
            if (index != null) {
                index.walk(requestClass, maxTasksPerAgent, spread, search);
            }
        }
    }

    private void noteLongSearch(ConstraintSet constraints, int examined) {
        if (looks.merge(constraints, (long) examined, Long::sum) < (long) LOOKS_PER_AGENT * agents.size()) {
            if (looks.size() > MOST_COUNTED) {
                looks.clear();
            }
            return;
        }
        looks.remove(constraints);
        if (own.size() == OWN_INDEXES) {
            Iterator<ConstraintSet> eldest = own.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
        AgentIndex index = new AgentIndex(null);
        for (Agent agent : agents.values()) {
            if (constraints.admits(agent)) {
                index.add(agent);
            }
        }
        own.put(constraints, index);
    }

    /** What is free on all active agents together, without what less than nothing is free of. */
    Tally freeTotal() {
        return freeTotal;
    }

    private void insert(Agent agent) {
        countFree(agent, 1);
        values.change(agent, 1);
        fragmentation.put(agent);
        all.add(agent);
        for (Map.Entry<ConstraintSet, AgentIndex> entry : own.entrySet()) {
            if (entry.getKey().admits(agent)) {
                entry.getValue().add(agent);
            }
        }
        if (agent.hasReservations()) {
            for (String role : agent.reservedRoles()) {
                reserved.computeIfAbsent(role, AgentIndex::new).add(agent);
            }
        }
    }

    private void countFree(Agent agent, int sign) {
        freeTotal.cpuMillis += sign * Math.max(0, agent.free.cpuMillis);
        freeTotal.memMib += sign * Math.max(0, agent.free.memMib);
        freeTotal.diskMib += sign * Math.max(0, agent.free.diskMib);
        freeTotal.gpuMillis += sign * Math.max(0, agent.free.gpuMillis);
    }

    private void extract(Agent agent) {
        countFree(agent, -1);
        values.change(agent, -1);
        fragmentation.take(agent);
        all.remove(agent);
        for (Map.Entry<ConstraintSet, AgentIndex> entry : own.entrySet()) {
            if (entry.getKey().admits(agent)) {
                entry.getValue().remove(agent);
            }
        }
        if (agent.hasReservations()) {
            for (String role : agent.reservedRoles()) {
                AgentIndex index = reserved.get(role);
                if (index == null) {
                    throw new IllegalStateException("agent " + agent.id + " is not among those reserved for " + role);
                }
                index.remove(agent);
                if (index.size() == 0) {
                    reserved.remove(role);
                }
            }
        }
    }
}
