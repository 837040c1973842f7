package dev.millrace.connect;

import dev.millrace.schemas.Pools;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.components.Versioned;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.transforms.Transformation;
import org.jspecify.annotations.Nullable;

/**
 * Makes the pool that a record is for its key, as the topics that the scheduler reads want it: Kafka's own partitioner then sends it to that
 * pool's partition, whatever partition the record was meant for before. Source connectors that know no keys, such as Kafka's for files,
 * need it. The record itself, given in any form that
 * {@link MillraceConverter} takes, becomes a Struct of its type.
 *
 * <p>Tombstones pass unchanged. Immutable after {@link #configure}.
 *
 * @param <R> the kind of Connect's records
 */
public final class KeyByPool<R extends ConnectRecord<R>> implements Transformation<R>, Versioned {
    private static final ConfigDef DEFINITION = MillraceConverterConfig.withRecord(new ConfigDef());

    private RecordReader reader = new RecordReader(Optional.empty());

    @Override
    public String version() {
        return PluginVersion.get();
    }

    @Override
    public ConfigDef config() {
        return DEFINITION;
    }

    @Override
    public void configure(Map<String, ?> properties) {
        reader =
                new RecordReader(MillraceConverterConfig.recordType(new AbstractConfig(DEFINITION, properties, false)));
    }

    /**
     * The same record with its pool as the key.
     *
     * @throws DataException if its value is no record of the contract, or one that is for no pool
     */
    @Override
    public R apply(R record) {
        Object value = record.value();
        if (value == null) {
            return record;
        }
        SpecificRecord read = read(record.topic(), value);
        String pool = Pools.of(read)
                .orElseThrow(() -> new DataException(
                        record.topic() + ": a " + read.getSchema().getName() + " is for no pool"));
        Struct struct = StructWriter.struct(read);
        return record.newRecord(
                record.topic(),
                // A partition that something earlier in the chain has chosen would go before the key.
                null,
                Schema.STRING_SCHEMA,
                pool,
                struct.schema(),
                struct,
                record.timestamp(),
                record.headers());
    }

    private SpecificRecord read(@Nullable String topic, Object value) {
        try {
            return reader.read(value);
        } catch (MisfitException e) {
            throw new DataException(topic + ": " + e.getMessage());
        }
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
