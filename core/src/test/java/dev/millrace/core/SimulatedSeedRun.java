package dev.millrace.core;

/** Runs a seed on the core beside it; found by its name in {@code META-INF/services}. */
public final class SimulatedSeedRun implements SeedRun {
    @Override
    public String run(long seed, long inputs) {
        Simulation simulation = new Simulation(seed);
        try {
            simulation.run(inputs);
            return "";
        } catch (AssertionError | RuntimeException e) {
            return "seed " + seed + ' ' + simulation.position() + ": " + e;
        }
    }
}
