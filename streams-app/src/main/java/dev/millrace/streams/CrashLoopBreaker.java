package dev.millrace.streams;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/**
 * Tells a stream thread that fails now and then from one that fails over and over. A failure counts against its partition until that
 * partition is found to have committed something since, or until it is long past. Thread-safe.
 */
final class CrashLoopBreaker {
    /** A poisonous input costs two failures, and there may be one on each inbound topic at the same time. */
    static final int MAX_FAILURES = 10;

    static final Duration WINDOW = Duration.ofMinutes(5);

    /** Stands for failures that belong to no partition. */
    private static final int NO_PARTITION = -1;

    private final LongSupplier nanoTime;
    private final Map<Integer, ArrayDeque<Long>> failures = new HashMap<>();
    private final Map<Integer, Long> inputs = new HashMap<>();

    CrashLoopBreaker(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Notes that a partition was rebuilt, and how many inputs it had committed. */
    synchronized void ready(int partition, long committedInputs) {
        Long before = inputs.put(partition, committedInputs);
        if (before == null || committedInputs > before) {
            failures.remove(partition);
            failures.remove(NO_PARTITION);
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
}
