package dev.millrace.core;

import org.jspecify.annotations.Nullable;

/**
 * The search for the agent that a task is placed on, among those that fit: the first in order of those where the most wishes are met. Used
 * for one search after another. Mutable; owned by the stream thread.
 */
final class Search {
    /**
     * After so many agents that fit, the best one so far will do. How many were looked at in all does not count, since that is not a matter of
     * the agents alone, but also of how the index happens to be cut.
     */
    static final int MOST_FITTING = 2_048;

    /** More than the number of an agent's devices. */
    private static final long PER_WISH = 1_000;

    private @Nullable Agent found;
    private long score;
    private int fitting;
    private int examined;
    private boolean mostDevices;
    private long bestScore;

    /** Begins anew; if wanted, agents with more free devices go first among those where as many wishes are met. */
    void begin(RequestClass requestClass, boolean mostDevices) {
        found = null;
        score = Long.MIN_VALUE;
        fitting = 0;
        examined = 0;
        this.mostDevices = mostDevices;
        long wishes = requestClass.nearness == null ? 0 : requestClass.nearness.bestScore();
        bestScore = wishes * PER_WISH + (mostDevices ? PER_WISH - 1 : 0);
    }

    /** Looks at the next agent. True = there is no need to look at more. */
    boolean look(RequestClass requestClass, Agent agent, int maxTasksPerAgent) {
        examined++;
        if (requestClass.fits(agent, maxTasksPerAgent)) {
            fitting++;
            long wishes = requestClass.nearness == null ? 0 : requestClass.nearness.score(requestClass, agent);
            long here = wishes * PER_WISH
                    + (mostDevices
                            ? agent.open(requestClass.leaf.name).devices().whollyFree()
                            : 0);
            if (here > score) {
                found = agent;
                score = here;
            }
        }
        return isOver();
    }

    boolean isOver() {
        return found != null && (score >= bestScore || fitting >= MOST_FITTING);
    }

    @Nullable
    Agent found() {
        return found;
    }

    /** How many agents were looked at one by one. */
    int examined() {
        return examined;
    }
}
