/**
 * Takes the inputs again in the order that the journal says and compares what comes out. Begin with {@link
 * dev.millrace.streams.replay.Replayer}; {@link dev.millrace.streams.replay.PartitionReplay} is the part that knows nothing of Kafka. Nothing
 * here ever writes to a topic.
 */
@NullMarked
package dev.millrace.streams.replay;

import org.jspecify.annotations.NullMarked;
