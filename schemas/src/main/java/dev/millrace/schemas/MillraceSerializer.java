package dev.millrace.schemas;

import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** Writes Millrace's records as values; null is a tombstone. Any thread may use it. */
public final class MillraceSerializer implements Serializer<SpecificRecord> {
    private final ThreadLocal<RecordCodec> codecs = ThreadLocal.withInitial(RecordCodec::new);

    /**
     * The value's bytes.
     *
     * @throws IllegalArgumentException if the record lacks a field that must not be null
     */
    @Override
    public byte @Nullable [] serialize(@Nullable String topic, @Nullable SpecificRecord record) {
        return record == null ? null : codecs.get().encode(record);
    }
}
