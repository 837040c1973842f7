package dev.millrace.connect;

import dev.millrace.schemas.Decoded;
import dev.millrace.schemas.RecordCodec;
import dev.millrace.schemas.SchemaLookup;
import dev.millrace.schemas.Topic;
import dev.millrace.schemas.TopicSchemaLookup;
import dev.millrace.schemas.Topics;
import dev.millrace.schemas.Validator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.components.Versioned;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.storage.Converter;
import org.jspecify.annotations.Nullable;

/**
 * Lets Kafka Connect read and write the values on Millrace's topics: bytes in single-object encoding on the one side, Structs of the
 * contract's record types on the other. Tombstones are null on both.
 *
 * <p>Towards Kafka it takes Structs whose schema has the name of one of the contract's records and, as the record type that is configured,
 * Structs of other schemas, Maps, and texts that are JSON objects. A value that does not fit is a {@link DataException} whose message names
 * the topic, the field and the reason, so that Connect's {@code errors.tolerance} and dead-letter queue apply to it.
 *
 * <p>Mutable after {@link #configure} only in that the codec uses its buffers again. Any thread may use it, since a sink's error reporter
 * converts on threads of its own; they wait for each other.
 */
public final class MillraceConverter implements Converter, Versioned {
    private MillraceConverterConfig config = new MillraceConverterConfig(Map.of());
    private Topics topics = config.topics();
    private RecordReader reader = new RecordReader(Optional.empty());
    private SchemaLookup lookup = SchemaLookup.NONE;
    private RecordCodec codec = new RecordCodec();

    @Override
    public String version() {
        return PluginVersion.get();
    }

    @Override
    public ConfigDef config() {
        return MillraceConverterConfig.DEFINITION;
    }

    /**
     * Sets it up.
     *
     * @throws ConfigException if an option is wrong, or it is to convert keys
     */
    @Override
    public synchronized void configure(Map<String, ?> properties, boolean isKey) {
        if (isKey) {
            throw new ConfigException("Keys on Millrace's topics are texts: set key.converter to"
                    + " org.apache.kafka.connect.storage.StringConverter");
        }
        config = new MillraceConverterConfig(properties);
        topics = config.topics();
        reader = new RecordReader(MillraceConverterConfig.recordType(config));
        lookup = config.schemaLookup();
        codec = new RecordCodec(lookup);
    }

    /**
     * The bytes of the record that a value stands for.
     *
     * @throws DataException if it stands for none, or for one that does not belong on the topic or breaks the contract's rules
     */
    @Override
    public byte @Nullable [] fromConnectData(String topic, @Nullable Schema schema, @Nullable Object value) {
        if (value == null) {
            return null;
        }
        SpecificRecord record;
        try {
            record = reader.read(value);
        } catch (MisfitException e) {
            throw new DataException(topic + ": " + e.getMessage());
        }
        String name = record.getSchema().getName();
        Optional<Topic> known = topics.topic(topic);
        if (known.isPresent() && !known.get().types().contains(record.getClass())) {
            throw new DataException(topic + ": a " + name + " does not belong on this topic");
        }
        if (config.validate()) {
            List<String> faults = Validator.faults(record);
            if (!faults.isEmpty()) {
                throw new DataException(topic + ": " + name + ": " + String.join("; ", faults));
            }
        }
        byte[] bytes = encode(record);
        if (known.isPresent() && bytes.length > known.get().maxRecordBytes()) {
            throw new DataException(topic + ": the " + name + " has " + bytes.length + " bytes; at most "
                    + known.get().maxRecordBytes() + " are taken");
        }
        return bytes;
    }

    private synchronized byte[] encode(SpecificRecord record) {
        return codec.encode(record);
    }

    /**
     * The record in a value's bytes, as a Struct with its schema or as a text.
     *
     * @throws DataException if the bytes are none of the contract's records, or one that does not belong on the topic
     * @throws RetriableException if the schema has to be looked up and the cluster does not answer
     */
    @Override
    public SchemaAndValue toConnectData(String topic, byte @Nullable [] bytes) {
        if (bytes == null) {
            return SchemaAndValue.NULL;
        }
        Decoded decoded = decode(topic, bytes);
        if (decoded instanceof Decoded.Fault fault) {
            throw new DataException(topic + ": " + fault.reason() + ": " + fault.detail());
        }
        Struct struct = StructWriter.struct(((Decoded.Value) decoded).record());
        return switch (config.form()) {
            case STRUCT -> new SchemaAndValue(struct.schema(), struct);
            case JSON -> new SchemaAndValue(Schema.STRING_SCHEMA, JsonText.line(struct));
        };
    }

    private synchronized Decoded decode(String topic, byte[] bytes) {
        try {
            Optional<Topic> known = topics.topic(topic);
            return known.isPresent() ? codec.decode(bytes, known.get()) : codec.decode(bytes);
        } catch (KafkaException e) {
            throw new RetriableException(
                    topic + ": cannot look for the record's schema on " + topics.name(Topic.SCHEMAS) + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /** Lets go of the connection that looks schemas up, if there is one. */
    @Override
    public synchronized void close() {
        if (lookup instanceof TopicSchemaLookup topicLookup) {
            topicLookup.close();
        }
    }
}
