package dev.millrace.connect;

import java.util.List;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema.Field;
import org.apache.avro.specific.SpecificData;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Timestamp;
import org.jspecify.annotations.Nullable;

/**
 * Derives Connect schemas from the contract's Avro schemas.
 *
 * <p>A record becomes a STRUCT and an enum a STRING, both with the Avro full name; a time becomes Connect's Timestamp, and a field that
 * may be null an optional one. Defaults and documentation are kept, with one exception: Connect's own parts cannot cope with a default that
 * is a STRUCT, so such a field is optional instead, and {@link RecordReader} puts the contract's default where it is null.
 */
final class ConnectSchemas {
    /** The parameter of an enum's schema that lists its symbols, in order and with commas between them. */
    static final String ENUM_SYMBOLS = "dev.millrace.enum.symbols";

    /** The parameter of an enum's schema that holds the symbol which stands for those that a reader does not know. */
    static final String ENUM_DEFAULT = "dev.millrace.enum.default";

    private ConnectSchemas() {}

    /** The schema of a record type. */
    static Schema of(org.apache.avro.Schema record) {
        return builder(record).doc(record.getDoc()).build();
    }

    static boolean isTime(org.apache.avro.Schema schema) {
        return LogicalTypes.timestampMillis().equals(schema.getLogicalType());
    }

    /** What a field's value is if it is not null. */
    static org.apache.avro.Schema withoutNull(org.apache.avro.Schema schema) {
        if (!schema.isUnion()) {
            return schema;
        }
        List<org.apache.avro.Schema> branches = schema.getTypes().stream()
                .filter(branch -> branch.getType() != org.apache.avro.Schema.Type.NULL)
                .toList();
        if (branches.size() != 1) {
            throw new IllegalArgumentException("the contract has no union of several types: " + schema);
        }
        return branches.get(0);
    }

    /** A schema without documentation, for that of a field's type gives way to the field's own. */
    private static SchemaBuilder builder(org.apache.avro.Schema schema) {
        if (isTime(schema)) {
            return Timestamp.builder();
        }
        return switch (schema.getType()) {
            case RECORD -> struct(schema);
            case ENUM -> symbols(schema);
            case ARRAY -> SchemaBuilder.array(element(schema.getElementType()));
            case UNION -> builder(withoutNull(schema)).optional();
            case STRING -> SchemaBuilder.string();
            case BYTES -> SchemaBuilder.bytes();
            case INT -> SchemaBuilder.int32();
            case LONG -> SchemaBuilder.int64();
            case BOOLEAN -> SchemaBuilder.bool();
            case MAP, FIXED, FLOAT, DOUBLE, NULL ->
                throw new IllegalArgumentException("the contract has no " + schema.getType());
        };
    }

    private static SchemaBuilder struct(org.apache.avro.Schema schema) {
        SchemaBuilder builder = SchemaBuilder.struct().name(schema.getFullName());
        for (Field field : schema.getFields()) {
            builder.field(field.name(), field(field));
        }
        return builder;
    }

    private static SchemaBuilder symbols(org.apache.avro.Schema schema) {
        SchemaBuilder builder = SchemaBuilder.string()
                .name(schema.getFullName())
                .parameter(ENUM_SYMBOLS, String.join(",", schema.getEnumSymbols()));
        return schema.getEnumDefault() == null ? builder : builder.parameter(ENUM_DEFAULT, schema.getEnumDefault());
    }

    private static Schema element(org.apache.avro.Schema schema) {
        return builder(schema).doc(schema.getDoc()).build();
    }

    private static Schema field(Field field) {
        SchemaBuilder builder = builder(field.schema()).doc(field.doc());
        Object value = defaultOf(field);
        if (value == null) {
            return builder.build();
        }
        if (field.schema().getType() == org.apache.avro.Schema.Type.RECORD) {
            return builder.optional().build();
        }
        return builder.defaultValue(StructWriter.value(field.schema(), builder, value))
                .build();
    }

    private static @Nullable Object defaultOf(Field field) {
        return field.hasDefaultValue() ? SpecificData.get().getDefaultValue(field) : null;
    }
}
