package dev.millrace.bench.core;

import dev.millrace.contract.PlacementPolicy;

/**
 * What placements are measured on.
 *
 * @param agents how many agents there are, half full
 * @param roles how many roles have queued tasks
 * @param constraints how many constraints on attributes each task has
 * @param policy by which policy agents are chosen
 * @param warmUpRounds how many rounds go before the measured ones
 * @param rounds how many rounds are measured
 */
public record PlacementSettings(
        int agents, int roles, int constraints, PlacementPolicy policy, int warmUpRounds, int rounds) {
    /** Tasks have no more constraints. */
    public static final int MOST_CONSTRAINTS = 4;

    public PlacementSettings {
        requireRange("agents", agents, 100, 100_000);
        requireRange("roles", roles, 1, 10_000);
        requireRange("constraints", constraints, 0, MOST_CONSTRAINTS);
        requireRange("warm-up rounds", warmUpRounds, 0, 1_000);
        requireRange("rounds", rounds, 1, 1_000);
    }

    private static void requireRange(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + ": " + value + " is not between " + least + " and " + most);
        }
    }
}
