package dev.millrace.bench.core;

/**
 * How fast tasks were placed; medians of the rounds.
 *
 * @param settings what was measured
 * @param placements how many placements were measured in all
 * @param placementsPerSecond how many placements one thread makes a second
 * @param nanosPerPlacement how long one takes
 * @param cpuNanosPerPlacement how long the thread had a processor for one
 * @param bytesPerPlacement how much memory one allocates
 */
public record PlacementResult(
        PlacementSettings settings,
        long placements,
        long placementsPerSecond,
        long nanosPerPlacement,
        long cpuNanosPerPlacement,
        long bytesPerPlacement) {}
