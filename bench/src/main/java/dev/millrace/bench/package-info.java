/**
 * Benchmarks of whole clusters. Begin with {@link dev.millrace.bench.LifecycleBench}, which counts how many tasks a second go all the way
 * from request to end.
 */
@NullMarked
package dev.millrace.bench;

import org.jspecify.annotations.NullMarked;
