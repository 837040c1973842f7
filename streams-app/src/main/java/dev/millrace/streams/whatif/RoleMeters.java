package dev.millrace.streams.whatif;

import dev.millrace.contract.Resources;
import dev.millrace.state.SavedRole;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Measures what becomes of a pool's roles. Mutable; owned by the pool's meter. */
final class RoleMeters {
    private static final int NORMAL_WEIGHT = 1_000;

    private final TreeMap<String, Meter> meters = new TreeMap<>();
    private final TreeMap<String, TopLevel> topLevels = new TreeMap<>();
    private double fairnessOverTime;
    private long fairnessMs;
    private long sampledMs;

    /** A role at the top of the tree, with those below it. */
    private static final class TopLevel {
        final Amounts allocated = new Amounts();
        int weightMilli = NORMAL_WEIGHT;
        long waiting;
    }

    /** One role's own tasks. */
    static final class Meter {
        final Waits waits = new Waits();
        private final TopLevel topLevel;
        private final Amounts allocated = new Amounts();
        long submitted;
        long started;
        long ended;
        long stillWaiting;
        long preemptions;
        private double shareOverTime;

        private Meter(TopLevel topLevel) {
            this.topLevel = topLevel;
        }

        void allocate(Resources resources, int times) {
            allocated.add(resources, times);
            topLevel.allocated.add(resources, times);
        }

        void waiting(int more) {
            topLevel.waiting += more;
        }
    }

    Meter meter(String role) {
        return meters.computeIfAbsent(role, name -> {
            int slash = name.indexOf('/');
            return new Meter(topLevel(slash < 0 ? name : name.substring(0, slash)));
        });
    }

    private TopLevel topLevel(String name) {
        return topLevels.computeIfAbsent(name, n -> new TopLevel());
    }

    void weigh(SavedRole saved) {
        if (saved.getRole().indexOf('/') < 0) {
            topLevel(saved.getRole()).weightMilli = saved.getWeightMilli();
        }
    }

    void forgetWeight(String role) {
        if (role.indexOf('/') < 0) {
            topLevel(role).weightMilli = NORMAL_WEIGHT;
        }
    }

    /** Notes how things have stood for so long. */
    void sample(Amounts capacity, long forMs) {
        sampledMs += forMs;
        for (Meter meter : meters.values()) {
            meter.shareOverTime += meter.allocated.dominantShareOf(capacity) * forMs;
        }
        Double index = jainsIndex(capacity);
        if (index != null) {
            fairnessOverTime += index * forMs;
            fairnessMs += forMs;
        }
    }

    /**
     * Jain's index (Jain, Chiu and Hawe, "A Quantitative Measure of Fairness and Discrimination", DEC TR-301, 1984): the square of the sum by n
     * times the sum of the squares. A role that has all it asks for, and less than those that wait, has nothing to complain of and nothing
     * that others lack, so it is left out.
     */
    private @Nullable Double jainsIndex(Amounts capacity) {
        double leastOfWaiting = Double.MAX_VALUE;
        for (TopLevel role : topLevels.values()) {
            if (role.waiting > 0) {
                leastOfWaiting = Math.min(leastOfWaiting, weighted(role, capacity));
            }
        }
        int n = 0;
        double sum = 0;
        double squares = 0;
        for (TopLevel role : topLevels.values()) {
            double share = weighted(role, capacity);
            if (role.waiting > 0 || share > leastOfWaiting) {
                n++;
                sum += share;
                squares += share * share;
            }
        }
        return n < 2 || squares == 0 ? null : sum * sum / (n * squares);
    }

    private static double weighted(TopLevel role, Amounts capacity) {
        return role.allocated.dominantShareOf(capacity) * NORMAL_WEIGHT / role.weightMilli;
    }

    @Nullable
    Double fairness() {
        return fairnessMs == 0 ? null : fairnessOverTime / fairnessMs;
    }

    Waits allWaits() {
        Waits all = new Waits();
        meters.values().forEach(meter -> all.addAll(meter.waits));
        return all;
    }

    List<RoleFigures> figures() {
        return meters.entrySet().stream().map(this::figures).toList();
    }

    private RoleFigures figures(Map.Entry<String, Meter> entry) {
        Meter meter = entry.getValue();
        return new RoleFigures(
                entry.getKey(),
                meter.submitted,
                meter.started,
                meter.ended,
                meter.stillWaiting,
                meter.waits.figures(),
                meter.preemptions,
                sampledMs == 0 ? 0 : meter.shareOverTime / sampledMs);
    }
}
