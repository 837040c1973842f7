package dev.millrace.bench.core;

import java.util.Arrays;

/** Measures how fast the core places tasks, in rounds on one thread; the tasks of a round end before the next one, unmeasured. */
public final class PlacementBench {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final PlacementSettings settings;

    public PlacementBench(PlacementSettings settings) {
        this.settings = settings;
    }

    /** Measures; it takes a while. */
    public PlacementResult run() {
        PlacementRounds rounds = new PlacementRounds(settings);
        long[] nanos = new long[settings.rounds()];
        long[] cpuNanos = new long[settings.rounds()];
        long[] bytes = new long[settings.rounds()];
        long placements = 0;
        for (int round = -settings.warmUpRounds(); round < settings.rounds(); round++) {
            rounds.prepare();
            long placed = 0;
            long took = 0;
            long tookCpu = 0;
            long allocated = 0;
            while (rounds.goesOn()) {
                placed += rounds.step().size();
                took += rounds.stepNanos();
                tookCpu += rounds.stepCpuNanos();
                allocated += rounds.stepBytes();
            }
            if (placed == 0) {
                throw new IllegalStateException("nothing was placed: there is no room, or no step was left to measure");
            }
            if (round >= 0) {
                nanos[round] = took / placed;
                cpuNanos[round] = tookCpu / placed;
                bytes[round] = allocated / placed;
                placements += placed;
            }
        }
        long median = median(nanos);
        return new PlacementResult(
                settings, placements, NANOS_PER_SECOND / Math.max(1, median), median, median(cpuNanos), median(bytes));
    }

    private static long median(long[] values) {
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
