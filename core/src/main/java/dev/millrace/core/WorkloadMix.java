package dev.millrace.core;

import dev.millrace.state.SavedMix;
import dev.millrace.state.SavedNeed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the pool's tasks need that are not over. The sums follow from the tasks. Placement by fragmentation goes by what they were when the
 * number of tasks last was an eighth more or less than the time before, since what has been reckoned for agents holds for so long; that
 * depends on what happened when, and so is stored. Mutable; owned by the stream thread.
 */
final class WorkloadMix {
    /** The sums are taken anew when the number of tasks has changed by this part of it. */
    private static final int PART = 8;

    private long tasks;
    private long cpuMillis;
    private long memMib;
    private long gpuMillis;
    /** How many tasks need how much of one device. */
    private final TreeMap<Integer, Long> needs = new TreeMap<>();

    private @Nullable SavedMix taken;
    private @Nullable FragmentationScore score;

    /** Counts a task (1), or no longer (-1). */
    void count(Amount need, int sign) {
        tasks += sign;
        if (need.gpuMillis == 0) {
            return;
        }
        cpuMillis += sign * need.cpuMillis;
        memMib += sign * need.memMib;
        gpuMillis += sign * need.gpuMillis;
        needs.merge((int) Math.min(need.gpuMillis, Devices.DEVICE_MILLIS), (long) sign, WorkloadMix::sumOrNothing);
    }

    /** Whether the sums that decisions go by are kept, and the number of tasks has come far from what it was then. */
    boolean isOutdated() {
        return taken != null && Math.abs(tasks - taken.getTasks()) >= Math.max(1, taken.getTasks() / PART);
    }

    /** Takes the sums for decisions from now on. */
    void take(String pool) {
        List<SavedNeed> sorted = new ArrayList<>(needs.size());
        for (Map.Entry<Integer, Long> need : needs.entrySet()) {
            sorted.add(new SavedNeed(need.getKey(), need.getValue()));
        }
        restore(new SavedMix(pool, tasks, cpuMillis, memMib, gpuMillis, sorted));
    }

    /** Keeps nothing for decisions any more. */
    void drop() {
        taken = null;
        score = null;
    }

    /** What was taken; null = decisions do not go by it. */
    @Nullable
    SavedMix taken() {
        return taken;
    }

    /** The rule that follows from what was taken; null = decisions do not go by it. */
    @Nullable
    FragmentationScore score() {
        return score;
    }

    void restore(SavedMix saved) {
        taken = saved;
        score = new FragmentationScore(saved);
    }

    private static @Nullable Long sumOrNothing(Long a, Long b) {
        return a + b == 0 ? null : Long.valueOf(a + b);
    }
}
