package dev.millrace.cli.doctor;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Whether pools would have the tasks of all agents replaced that fall silent together. */
final class LossesCheck {
    private static final String CHECK = "agent losses";

    private LossesCheck() {}

    /** @param limits by pool, how many agents a minute it may lose; 0 = no limit */
    static List<Finding> findings(Map<String, Integer> limits, Asked asked) {
        if (limits.isEmpty()) {
            return List.of();
        }
        List<String> unlimited = new TreeMap<>(limits)
                .entrySet().stream()
                        .filter(limit -> limit.getValue() == 0)
                        .map(Map.Entry::getKey)
                        .toList();
        if (unlimited.isEmpty()) {
            return List.of(Finding.ok(CHECK, "limited in " + Words.count(limits.size(), "pool")));
        }
        return List.of(Finding.warn(
                CHECK,
                "no limit in " + Words.some(unlimited),
                "if a network is cut, the tasks of all agents behind it are placed again within seconds, on what is left",
                asked.millrace("pool set POOL --agent-losses-per-minute 60")));
    }
}
