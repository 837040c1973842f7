/**
 * The scheduler as pure functions of its inputs: no clock, thread, file, random number or Kafka. Begin with {@link
 * dev.millrace.core.Shard}, which is what runs on one partition, then {@link dev.millrace.core.PoolScheduler}, which decides for one pool.
 * Who is served next is in {@link dev.millrace.core.Roles}, who gets which agent in {@link dev.millrace.core.Placement}; docs/allocator.md
 * describes how they work together.
 */
@NullMarked
package dev.millrace.core;

import org.jspecify.annotations.NullMarked;
