package dev.millrace.schemas;

import java.io.IOException;
import org.apache.avro.Schema;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.FastReaderBuilder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;

/**
 * A record type of this version. Immutable, so that all codecs share it: Avro's writers, and the readers that its fast reader builds,
 * keep no state between calls.
 */
final class RecordType {
    private final Class<? extends SpecificRecord> recordClass;
    private final Schema schema;
    private final byte[] header;
    private final DatumReader<SpecificRecord> reader;
    private final DatumWriter<SpecificRecord> writer;
    private final EmptyLists emptyLists;

    RecordType(Class<? extends SpecificRecord> recordClass) {
        this.recordClass = recordClass;
        SpecificData data = SpecificData.getForClass(recordClass);
        // Generated code writes records without timestamps itself, which is faster than by reflection on the schema.
        data.setCustomCoders(true);
        schema = SpecificData.get().getSchema(recordClass);
        header = Fingerprint.header(Fingerprint.of(schema));
        reader = readerOf(schema);
        emptyLists = EmptyLists.of(schema);
        writer = new SpecificDatumWriter<>(schema, data);
    }

    Class<? extends SpecificRecord> recordClass() {
        return recordClass;
    }

    Schema schema() {
        return schema;
    }

    /** The name without package. */
    String name() {
        return schema.getName();
    }

    long fingerprint() {
        return Fingerprint.in(header);
    }

    /** The header of each record; not to be changed. */
    byte[] header() {
        return header;
    }

    DatumReader<SpecificRecord> reader() {
        return reader;
    }

    EmptyLists emptyLists() {
        return emptyLists;
    }

    DatumWriter<SpecificRecord> writer() {
        return writer;
    }

    /** A reader that makes records of this type from the bytes of another version of it. Its writer schema may come from anybody. */
    DatumReader<SpecificRecord> readerOf(Schema writerSchema) {
        try {
            return new FastReaderBuilder(new ContractData()).createDatumReader(writerSchema, schema);
        } catch (IOException e) {
            throw new IllegalArgumentException("no reader of " + schema.getFullName(), e);
        }
    }
}
