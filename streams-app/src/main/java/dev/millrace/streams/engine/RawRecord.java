package dev.millrace.streams.engine;

import dev.millrace.contract.Tick;
import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.Topic;
import org.jspecify.annotations.Nullable;

/**
 * A record as it lay on an inbound topic. Its key is left out: nothing is decided by it.
 *
 * @param topic the topic
 * @param partition the partition that it lay in
 * @param offset its offset there
 * @param timestampMs its timestamp in ms since the epoch
 * @param value its bytes, which nobody changes; null = a tombstone
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
public record RawRecord(Topic topic, int partition, long offset, long timestampMs, byte @Nullable [] value) {
    /** Where it lay, for people and as the key of a dead letter. */
    public String place() {
        return topic.topicName() + "/" + partition + "/" + offset;
    }

    /** Whether it is one of the scheduler's ticks, which move its clocks. */
    public boolean isTick() {
        return topic == Topic.INTERNAL
                && new RecordCodec().decode(value, topic) instanceof Decoded.Value decoded
                && decoded.record() instanceof Tick;
    }
}
