package dev.millrace.schemas;

import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/** Writes and reads Millrace's records as values. */
public final class MillraceSerde implements Serde<SpecificRecord> {
    private final MillraceSerializer serializer = new MillraceSerializer();
    private final MillraceDeserializer deserializer;

    /** Reads what this version and the releases before it wrote. */
    public MillraceSerde() {
        this(SchemaLookup.NONE);
    }

    /** Also reads what was written with the schemas that {@code lookup} finds. */
    public MillraceSerde(SchemaLookup lookup) {
        deserializer = new MillraceDeserializer(lookup);
    }

    @Override
    public Serializer<SpecificRecord> serializer() {
        return serializer;
    }

    @Override
    public Deserializer<SpecificRecord> deserializer() {
        return deserializer;
    }
}
