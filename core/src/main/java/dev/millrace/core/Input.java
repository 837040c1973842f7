package dev.millrace.core;

import dev.millrace.schemas.Topic;
import org.apache.avro.specific.SpecificRecord;

/**
 * One record that a shard takes.
 *
 * @param topic the topic that it lay in, or for a redirected record the one that it was meant for
 * @param timestampMs the record's timestamp in ms since the epoch, which the broker set: the time of a tick, and of a partition's first input
 * @param value the record; one of the topic's types
 */
public record Input(Topic topic, long timestampMs, SpecificRecord value) {}
