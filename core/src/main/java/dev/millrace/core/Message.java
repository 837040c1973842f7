package dev.millrace.core;

import dev.millrace.schemas.Topic;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record that a step puts out.
 *
 * @param topic where it goes
 * @param key its key
 * @param partition the partition for topics that are partitioned by agent; {@link #BY_TOPIC} where the topic's partitioning says it
 * @param value the record; null = a tombstone, on compacted topics only
 */
public record Message(
        Topic topic, String key, int partition, @Nullable SpecificRecord value) {
    public static final int BY_TOPIC = -1;
}
