package dev.millrace.streams;

import java.time.Duration;

/**
 * What an instance did before a partition went on in it.
 *
 * @param read how many records of the changelogs it read; what a standby had read beforehand is not among them
 * @param stored how many records were stored then, from which the scheduler's state was rebuilt
 * @param took how long it took from the beginning of the reading until the partition went on; zero if there was nothing to read
 */
public record Restoration(long read, long stored, Duration took) {}
