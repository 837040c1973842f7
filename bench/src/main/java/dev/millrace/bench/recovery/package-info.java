/**
 * Benchmarks of what follows on a failure, and the processes and logs that they need for that. Begin with one of the three: {@link
 * dev.millrace.bench.recovery.FailoverBench} kills processes and measures how long it takes until the next task is launched; {@link
 * dev.millrace.bench.recovery.RestoreBench} measures how fast a scheduler reads its state back; {@link
 * dev.millrace.bench.recovery.ReplayBench}, how fast the log is replayed. The last two make what they read by {@link
 * dev.millrace.bench.recovery.DrivenPartition}, without a running cluster.
 */
@NullMarked
package dev.millrace.bench.recovery;

import org.jspecify.annotations.NullMarked;
