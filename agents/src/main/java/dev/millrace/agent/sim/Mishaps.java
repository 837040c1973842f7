package dev.millrace.agent.sim;

import java.time.Duration;

/**
 * What goes wrong with simulated agents. Each span is the mean time between two mishaps of one agent, drawn exponentially; zero = never.
 *
 * @param restartEvery the agent dies, and after a while another one on the same work directory finds its tasks as they are by then
 * @param silentEvery the agent is cut off: it hears and says nothing for a while, then all that was held back arrives
 * @param awayFor how long it is away then
 */
public record Mishaps(Duration restartEvery, Duration silentEvery, Duration awayFor) {
    /** Nothing goes wrong. */
    public static final Mishaps NONE = new Mishaps(Duration.ZERO, Duration.ZERO, Duration.ZERO);

    /** Refuses negative spans. */
    public Mishaps {
        if (restartEvery.isNegative() || silentEvery.isNegative() || awayFor.isNegative()) {
            throw new IllegalArgumentException("times between mishaps must not be negative");
        }
    }
}
