package dev.millrace.connect;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** Makes Connect data of the contract's records. */
final class StructWriter {
    private StructWriter() {}

    /** The record as a Struct of its type's Connect schema. */
    static Struct struct(SpecificRecord record) {
        return struct(ContractType.of(record).connect(), record);
    }

    private static Struct struct(Schema connect, IndexedRecord record) {
        Struct struct = new Struct(connect);
        List<org.apache.avro.Schema.Field> fields = record.getSchema().getFields();
        for (Field field : connect.fields()) {
            org.apache.avro.Schema avro = fields.get(field.index()).schema();
            struct.put(field, value(avro, field.schema(), record.get(field.index())));
        }
        return struct;
    }

    /** A field's value. The two schemas are the field's: {@code connect} was derived from {@code avro}. */
    static @Nullable Object value(org.apache.avro.Schema avro, Schema connect, @Nullable Object value) {
        if (value == null) {
            return null;
        }
        if (value instanceof Instant time) {
            return Date.from(time);
        }
        org.apache.avro.Schema schema = ConnectSchemas.withoutNull(avro);
        return switch (schema.getType()) {
            case RECORD -> struct(connect, (IndexedRecord) value);
            case ARRAY -> list(schema.getElementType(), connect.valueSchema(), (List<?>) value);
            case ENUM -> value.toString();
            case BYTES -> bytes((ByteBuffer) value);
            case STRING, INT, LONG, BOOLEAN -> value;
            case UNION, MAP, FIXED, FLOAT, DOUBLE, NULL ->
                throw new IllegalArgumentException("the contract has no value of type " + schema.getType());
        };
    }

    private static List<@Nullable Object> list(org.apache.avro.Schema avro, Schema connect, List<?> values) {
        List<@Nullable Object> list = new ArrayList<>(values.size());
        for (Object value : values) {
            list.add(value(avro, connect, value));
        }
        return list;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
