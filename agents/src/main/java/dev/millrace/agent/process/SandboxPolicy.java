package dev.millrace.agent.process;

import java.time.Duration;

/**
 * How long the files of ended attempts are kept. Those of attempts that run, or whose end or output is not acknowledged, are never removed.
 *
 * @param keepFor for how long at most
 * @param keepAtMost how many at most; the oldest go first
 * @param freeBytes while the disk has less free space than this, the oldest go
 */
public record SandboxPolicy(Duration keepFor, int keepAtMost, long freeBytes) {

    /** A day, a thousand attempts, and 1 GiB of free space. */
    public static final SandboxPolicy DEFAULT = new SandboxPolicy(Duration.ofHours(24), 1_000, 1L << 30);

    /** Checks the ranges. */
    public SandboxPolicy {
        if (keepFor.isNegative()) {
            throw new IllegalArgumentException("keepFor is " + keepFor + ": must not be negative");
        }
        if (keepAtMost < 0) {
            throw new IllegalArgumentException("keepAtMost is " + keepAtMost + ": must be 0 or more");
        }
        if (freeBytes < 0) {
            throw new IllegalArgumentException("freeBytes is " + freeBytes + ": must be 0 or more");
        }
    }
}
