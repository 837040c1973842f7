package dev.millrace.streams.whatif;

import dev.millrace.contract.Tick;
import dev.millrace.schemas.Store;
import dev.millrace.state.SavedAgent;
import java.util.List;
import java.util.Set;

/**
 * What was seen of one pool within a period: all that a model needs, and what it is compared with.
 *
 * @param pool the pool
 * @param partition the partition that it lies in
 * @param partitions how many there are
 * @param beganMs the beginning, in ms since the epoch
 * @param endedMs the end
 * @param start what was stored at the beginning
 * @param demand what was asked for, in order
 * @param outages when agents fell silent, in the order in which they were found to be
 * @param runs how attempts went
 * @param agents the ids of all agents that were there
 * @param frameworkTasks how many tasks frameworks launched
 * @param happened what became of it
 */
record Recording(
        String pool,
        int partition,
        int partitions,
        long beganMs,
        long endedMs,
        StartState start,
        List<Demand> demand,
        List<Outage> outages,
        ObservedRuns runs,
        Set<String> agents,
        long frameworkTasks,
        Figures happened) {
    Recording {
        demand = List.copyOf(demand);
        outages = List.copyOf(outages);
        agents = Set.copyOf(agents);
    }

    /** Whether there was anything in the pool at all. */
    boolean isOfKnownPool() {
        return !start.of(Store.POOLS).isEmpty()
                || demand.stream().anyMatch(asked -> !(asked.input().value() instanceof Tick));
    }

    /** Whether the scheduler knew such an agent at the beginning. */
    boolean isKnownAtBeginning(String agentId) {
        return start.of(Store.AGENTS).stream()
                .anyMatch(saved -> ((SavedAgent) saved).getAgentId().equals(agentId));
    }
}
