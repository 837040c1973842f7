package dev.millrace.streams.whatif;

/**
 * How long attempts waited from when they were ready to be placed until they were, in ms of the scheduler's elapsed time. Percentiles are
 * attempts' own waits: the least that so many percent do not exceed.
 *
 * @param attempts how many there were
 * @param meanMs their mean; 0 if there were none
 * @param p50Ms half of them waited no longer
 * @param p99Ms 99 percent of them waited no longer
 * @param maxMs none waited longer
 */
public record WaitFigures(long attempts, long meanMs, long p50Ms, long p99Ms, long maxMs) {}
