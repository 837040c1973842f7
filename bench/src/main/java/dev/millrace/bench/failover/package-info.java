/**
 * Benchmarks of what happens after a failure: processes of their own are killed, and it is measured how long it takes until the next task is
 * launched. Begin with {@link dev.millrace.bench.failover.FailoverBench}.
 */
@NullMarked
package dev.millrace.bench.failover;

import org.jspecify.annotations.NullMarked;
