package dev.millrace.chaos;

import java.time.Duration;

/**
 * One thing to be done.
 *
 * @param kind what
 * @param target which scheduler, agent or broker; to be taken modulo their number
 * @param before how long to wait first
 * @param length how long it lasts
 */
public record Fault(FaultKind kind, int target, Duration before, Duration length) {

    @Override
    public String toString() {
        return kind.words() + " #" + target + " for " + length.toMillis() + " ms";
    }
}
