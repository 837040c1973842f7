package dev.millrace.chaos;

import dev.millrace.chaos.FaultKind.Lane;
import dev.millrace.chaos.check.Finding;
import dev.millrace.chaos.check.Finding.Kind;
import dev.millrace.chaos.cluster.ChaosCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What is done in a run, lane by lane: a function of a seed and of how many of each kind there are.
 *
 * @param lanes the faults of each lane, in order
 */
public record FaultPlan(Map<Lane, List<Fault>> lanes) {
    private static final int TARGETS = 1_000;
    private static final int MAX_BEFORE_MS = 1_000;

    public FaultPlan {
        lanes = Collections.unmodifiableMap(new EnumMap<>(lanes));
    }

    /** Draws a plan. */
    public static FaultPlan draw(long seed, Map<FaultKind, Integer> counts) {
        Random random = new Random(seed);
        Map<Lane, List<Fault>> lanes = new EnumMap<>(Lane.class);
        for (FaultKind kind : FaultKind.values()) {
            for (int i = 0; i < counts.getOrDefault(kind, 0); i++) {
                lanes.computeIfAbsent(kind.lane(), lane -> new ArrayList<>())
                        .add(new Fault(
                                kind,
                                random.nextInt(TARGETS),
                                Duration.ofMillis(random.nextInt(MAX_BEFORE_MS)),
                                length(kind, random)));
            }
        }
        lanes.values().forEach(faults -> Collections.shuffle(faults, random));
        return new FaultPlan(lanes);
    }

    /** One finding for each kind of which not as many were done as planned. */
    List<Finding> findings(Map<FaultKind, Integer> done) {
        Map<FaultKind, Integer> planned = new EnumMap<>(FaultKind.class);
        lanes.values().forEach(faults -> faults.forEach(fault -> planned.merge(fault.kind(), 1, Integer::sum)));
        List<Finding> findings = new ArrayList<>();
        planned.forEach((kind, count) -> {
            int doneOfIt = done.getOrDefault(kind, 0);
            if (doneOfIt != count) {
                findings.add(new Finding(Kind.NOT_DONE, doneOfIt + " of " + count + " × " + kind.words()));
            }
        });
        return findings;
    }

    private static Duration length(FaultKind kind, Random random) {
        long sessionMs = ChaosCluster.SESSION_TIMEOUT.toMillis();
        long transactionMs = ChaosCluster.TRANSACTION_TIMEOUT.toMillis();
        long unreachableMs = ChaosCluster.UNREACHABLE_TIMEOUT.toMillis();
        return switch (kind) {
            // Some are back before anybody misses them, and some are not.
            case SCHEDULER_KILL -> between(0, 2 * sessionMs, random);
            case AGENT_KILL -> between(0, unreachableMs + 1_000, random);
            case SCHEDULER_RESTART, AGENT_RESTART, POISON -> Duration.ZERO;
            // A coordinator that is told to look every second sees a late transaction a second late.
            case SCHEDULER_SUSPEND, SCHEDULER_CUT -> between(transactionMs + 1_000, transactionMs + 2_500, random);
            case AGENT_SUSPEND, AGENT_CUT -> between(unreachableMs, unreachableMs + 2_000, random);
            case SCHEDULER_DISK_FULL, AGENT_DISK_FULL, AGENT_DISK_FULL_KILL, BROKER_DISK_FULL ->
                between(1_500, 4_000, random);
            case BROKER_KILL -> between(0, 4_000, random);
            case BROKER_SUSPEND -> between(500, 4_000, random);
            // For each of the three steps. The brokers see it within a second, and then there are some ticks.
            case CLOCK_SKEW -> between(2_000, 3_000, random);
        };
    }

    private static Duration between(long leastMs, long mostMs, Random random) {
        return Duration.ofMillis(leastMs + random.nextInt((int) (mostMs - leastMs)));
    }
}
