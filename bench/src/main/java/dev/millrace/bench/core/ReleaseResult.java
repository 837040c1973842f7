package dev.millrace.bench.core;

/**
 * How long the steps took in which many waiting tasks were placed at once.
 *
 * @param what what let them be placed
 * @param tasks how many tasks were placed in each round
 * @param steps how many steps were measured in all rounds
 * @param p50Micros half of the steps took no longer, in microseconds
 * @param p99Micros 99 of 100 steps took no longer
 * @param maxMicros the longest step
 * @param maxCpuMicros the most that a step had a processor, which leaves out what others had and the pauses of the garbage collector
 */
public record ReleaseResult(
        String what, int tasks, long steps, long p50Micros, long p99Micros, long maxMicros, long maxCpuMicros) {}
