package dev.millrace.chaos.cluster;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what other processes do, which nobody reports. */
public final class Patience {
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    private Patience() {}

    /** Waits until it is so; false if it was not in time. */
    public static boolean until(Duration limit, BooleanSupplier condition) throws InterruptedException {
        long deadlineNs = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                return false;
            }
            pause(LOOK_EVERY);
        }
        return true;
    }

    /** Lets time pass: how long a fault lasts. */
    public static void pause(Duration length) throws InterruptedException {
        Thread.sleep(length.toMillis());
    }
}
