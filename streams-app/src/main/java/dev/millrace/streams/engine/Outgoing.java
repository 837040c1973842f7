package dev.millrace.streams.engine;

import dev.millrace.schemas.Topic;
import org.jspecify.annotations.Nullable;

/**
 * An encoded record on its way out.
 *
 * @param topic where it goes
 * @param key its key
 * @param partition its partition
 * @param value its value; null = a tombstone
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
public record Outgoing(Topic topic, byte[] key, int partition, byte @Nullable [] value) {}
