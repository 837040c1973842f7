package dev.millrace.core;

/** Runs one seed of the simulation on whatever core its class loader finds. This interface alone is the same for all of them. */
public interface SeedRun {
    /** What was found; empty = all promises were kept. */
    String run(long seed, long inputs);
}
