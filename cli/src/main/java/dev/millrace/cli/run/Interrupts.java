package dev.millrace.cli.run;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts how often the person asked for an end. Thread-safe. */
public final class Interrupts {
    private final AtomicInteger count = new AtomicInteger();

    public void add() {
        count.incrementAndGet();
    }

    public int count() {
        return count.get();
    }
}
