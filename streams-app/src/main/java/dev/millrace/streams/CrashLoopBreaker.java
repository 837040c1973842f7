package dev.millrace.streams;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/**
 * Tells a stream thread that fails now and then from one that fails over and over. A failure counts against its partition until that
 * partition is found to have committed something since, or until it is long past; one that belongs to no partition counts until it is long
 * past, since what one partition commits says nothing of it.
 *
 * <p>Ticks are counted apart. A tick that the core fails on is skipped like any other input, which is progress of a kind; but a partition
 * whose ticks all fail has no time, so nothing in it is ever due. Thread-safe.
 */
final class CrashLoopBreaker {
    static final int MAX_FAILURES = 10;

    /** Each of three ticks in a row fails twice before it is skipped. */
    static final int MAX_TICK_FAILURES = 6;

    static final Duration WINDOW = Duration.ofMinutes(5);

    /** Stands for failures that belong to no partition. */
    private static final int NO_PARTITION = -1;

    private final LongSupplier nanoTime;
    private final Map<Integer, ArrayDeque<Long>> failures = new HashMap<>();
    private final Map<Integer, Long> inputs = new HashMap<>();
    private final Map<Integer, Integer> tickFailures = new HashMap<>();

    CrashLoopBreaker(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Notes that a partition was rebuilt, and how many inputs it had committed. */
    synchronized void ready(int partition, long committedInputs) {
        Long before = inputs.put(partition, committedInputs);
        if (before == null || committedInputs > before) {
            failures.remove(partition);
        }
    }

    /** Notes a failure; true if there were too many. */
    synchronized boolean failed(OptionalInt partition) {
        ArrayDeque<Long> recent = failures.computeIfAbsent(partition.orElse(NO_PARTITION), p -> new ArrayDeque<>());
        long now = nanoTime.getAsLong();
        recent.add(now);
        while (now - recent.getFirst() > WINDOW.toNanos()) {
            recent.removeFirst();
        }
        return recent.size() >= MAX_FAILURES;
    }

    /** Notes that a partition took a tick. */
    synchronized void ticked(int partition) {
        tickFailures.remove(partition);
    }

    /** Notes that the core failed on a tick; true if it did so on too many in a row. */
    synchronized boolean tickFailed(int partition) {
        return tickFailures.merge(partition, 1, Integer::sum) >= MAX_TICK_FAILURES;
    }
}
