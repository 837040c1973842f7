package dev.millrace.chaos;

import java.util.EnumMap;
import java.util.Map;

/** How many faults of each kind there are in a run. */
final class FaultCounts {
    private FaultCounts() {}

    /** As many kills as said, and of everything else in proportion, but at least one of what a kill does not show. */
    static Map<FaultKind, Integer> of(int schedulerKills, int agentKills, int brokerKills) {
        Map<FaultKind, Integer> counts = new EnumMap<>(FaultKind.class);
        counts.put(FaultKind.SCHEDULER_KILL, schedulerKills);
        counts.put(FaultKind.SCHEDULER_RESTART, schedulerKills / 10);
        counts.put(FaultKind.SCHEDULER_SUSPEND, 1 + schedulerKills / 10);
        counts.put(FaultKind.SCHEDULER_CUT, 1 + schedulerKills / 10);
        counts.put(FaultKind.SCHEDULER_DISK_FULL, schedulerKills / 10);
        counts.put(FaultKind.AGENT_KILL, agentKills);
        counts.put(FaultKind.AGENT_RESTART, agentKills / 10);
        counts.put(FaultKind.AGENT_SUSPEND, 1 + agentKills / 10);
        counts.put(FaultKind.AGENT_CUT, 1 + agentKills / 10);
        counts.put(FaultKind.AGENT_DISK_FULL, 1 + agentKills / 10);
        counts.put(FaultKind.AGENT_DISK_FULL_KILL, agentKills / 10);
        counts.put(FaultKind.BROKER_KILL, brokerKills);
        counts.put(FaultKind.BROKER_SUSPEND, brokerKills / 5);
        counts.put(FaultKind.BROKER_DISK_FULL, brokerKills / 5);
        counts.put(FaultKind.CLOCK_SKEW, 1 + brokerKills / 10);
        counts.put(FaultKind.POISON, 1 + brokerKills / 5);
        return counts;
    }
}
