/**
 * The Kafka Streams topology around the engine: sources, one processor, stores and sinks. Begin with {@link
 * dev.millrace.streams.topology.SchedulerTopology}. Nothing here decides anything, and nothing here waits for anything: what needs the
 * broker's answer is found out before the stream threads start and handed in.
 */
@NullMarked
package dev.millrace.streams.topology;

import org.jspecify.annotations.NullMarked;
