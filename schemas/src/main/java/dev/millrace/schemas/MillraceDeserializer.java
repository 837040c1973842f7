package dev.millrace.schemas;

import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads Millrace's records from values; a tombstone is null. Records and their lists are not to be changed: what is equal in several may
 * be the same object. Any thread may use it, if any may use its lookup.
 */
public final class MillraceDeserializer implements Deserializer<SpecificRecord> {
    private final ThreadLocal<RecordCodec> codecs;

    /** Takes what this version and the releases before it wrote. */
    public MillraceDeserializer() {
        this(SchemaLookup.NONE);
    }

    /** Also takes what was written with the schemas that {@code lookup} finds. */
    public MillraceDeserializer(SchemaLookup lookup) {
        codecs = ThreadLocal.withInitial(() -> new RecordCodec(lookup));
    }

    /**
     * The value's record.
     *
     * @throws SerializationException if the bytes are not one; its message says why
     */
    @Override
    public @Nullable SpecificRecord deserialize(@Nullable String topic, byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        Decoded decoded = codecs.get().decode(bytes);
        if (decoded instanceof Decoded.Value value) {
            return value.record();
        }
        Decoded.Fault fault = (Decoded.Fault) decoded;
        throw new SerializationException(topic + ": " + fault.reason() + ": " + fault.detail());
    }
}
