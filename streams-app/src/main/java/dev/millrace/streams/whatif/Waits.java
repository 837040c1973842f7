package dev.millrace.streams.whatif;

import java.util.Arrays;

/** How long tasks waited. Mutable; owned by one thread. */
final class Waits {
    private static final int FIRST_CAPACITY = 16;

    private long[] waitsMs = new long[FIRST_CAPACITY];
    private int count;

    void add(long waitedMs) {
        if (count == waitsMs.length) {
            waitsMs = Arrays.copyOf(waitsMs, 2 * count);
        }
        waitsMs[count++] = waitedMs;
    }

    void addAll(Waits others) {
        for (int i = 0; i < others.count; i++) {
            add(others.waitsMs[i]);
        }
    }

    int count() {
        return count;
    }

    /** The middle one, the lower one of two; or what is to be said if there are none. */
    long medianMs(long otherwise) {
        return count == 0 ? otherwise : figures().p50Ms();
    }

    WaitFigures figures() {
        long[] sorted = Arrays.copyOf(waitsMs, count);
        Arrays.sort(sorted);
        long mean = count == 0 ? 0 : Math.round(Arrays.stream(sorted).average().orElse(0));
        return new WaitFigures(count, mean, rank(sorted, 50), rank(sorted, 99), rank(sorted, 100));
    }

    /** The least that at least so many percent do not exceed. */
    private static long rank(long[] sorted, int percent) {
        if (sorted.length == 0) {
            return 0;
        }
        long rank = (sorted.length * (long) percent + 99) / 100;
        return sorted[(int) Math.max(1, rank) - 1];
    }
}
