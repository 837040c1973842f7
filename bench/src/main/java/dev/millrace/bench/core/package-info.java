/**
 * Benchmarks of the scheduler's core alone, in one thread and without Kafka. Begin with {@link dev.millrace.bench.core.LoneShard}, which drives
 * a shard; {@link dev.millrace.bench.core.PackingBench} measures how full a cluster gets, {@link dev.millrace.bench.core.PlacementBench} how
 * fast tasks are placed and {@link dev.millrace.bench.core.ReleaseBench} how long the longest step is when many tasks may be placed at once.
 */
@NullMarked
package dev.millrace.bench.core;

import org.jspecify.annotations.NullMarked;
