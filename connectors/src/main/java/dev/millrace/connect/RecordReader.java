package dev.millrace.connect;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/**
 * Makes the contract's records of what connectors and other converters hand over: Structs, Maps, and texts that are JSON objects. Every
 * field goes by its Avro name. One that is missing or null takes the contract's default; one that the contract does not have is a fault, for
 * it is more often a misspelt one than one to be left out.
 */
final class RecordReader {
    private static final int MAX_TEXT_SHOWN = 80;

    /** The type of values that do not name their own. */
    private final Optional<ContractType> type;

    /** @param type what values are that do not say what they are; empty = those are faults */
    RecordReader(Optional<ContractType> type) {
        this.type = type;
    }

    /**
     * The record that a value stands for. A Struct whose schema has the name of one of the contract's records is of that type.
     *
     * @throws MisfitException if it stands for none; the message says which field is wrong, and why
     */
    SpecificRecord read(Object value) {
        if (value instanceof Struct struct && struct.schema().name() != null) {
            Optional<ContractType> named =
                    ContractType.withFullName(struct.schema().name());
            if (named.isPresent()) {
                return read(named.get(), struct);
            }
        }
        if (!(value instanceof Struct || value instanceof Map || value instanceof CharSequence)) {
            throw new MisfitException("a value of " + value.getClass().getName()
                    + " is no record; it must be a Struct, a Map or a text in JSON");
        }
        ContractType wanted = type.orElseThrow(() -> new MisfitException(
                "the value does not say which record it is; set the option 'record', such as to TaskRequest"));
        return read(wanted, value instanceof CharSequence text ? parsed(wanted, text) : value);
    }

    private static SpecificRecord read(ContractType type, Object value) {
        try {
            return record(type.avro(), value);
        } catch (MisfitException e) {
            throw e.in(type.name());
        }
    }

    private static Object parsed(ContractType type, CharSequence text) {
        try {
            return JsonText.parse(text.toString());
        } catch (MisfitException e) {
            throw e.in(type.name());
        }
    }

    private static SpecificRecord record(Schema schema, Object value) {
        if (value instanceof Struct struct) {
            for (var field : struct.schema().fields()) {
                requireField(schema, field.name());
            }
            return filled(schema, name -> struct.schema().field(name) == null ? null : struct.get(name));
        } else if (value instanceof Map<?, ?> map) {
            for (Object name : map.keySet()) {
                requireField(schema, name);
            }
            return filled(schema, map::get);
        }
        throw unfit(value, "an object with the fields of " + schema.getName());
    }

    private static void requireField(Schema schema, @Nullable Object name) {
        if (!(name instanceof String text) || schema.getField(text) == null) {
            throw new MisfitException(schema.getName() + " has no such field").in(cut(name));
        }
    }

    private interface Fields {
        @Nullable
        Object get(String name);
    }

    private static SpecificRecord filled(Schema schema, Fields fields) {
        SpecificRecord record = (SpecificRecord) SpecificData.get().newRecord(null, schema);
        for (Schema.Field field : schema.getFields()) {
            try {
                record.put(field.pos(), fieldValue(field, fields.get(field.name())));
            } catch (MisfitException e) {
                throw e.in(field.name());
            }
        }
        return record;
    }

    private static @Nullable Object fieldValue(Schema.Field field, @Nullable Object value) {
        if (value != null) {
            return value(ConnectSchemas.withoutNull(field.schema()), value);
        }
        if (field.hasDefaultValue()) {
            return SpecificData.get().getDefaultValue(field);
        }
        if (field.schema().isNullable()) {
            return null;
        }
        throw new MisfitException("is missing");
    }

    private static Object value(Schema schema, Object value) {
        if (ConnectSchemas.isTime(schema)) {
            return Scalars.time(value);
        }
        return switch (schema.getType()) {
            case RECORD -> record(schema, value);
            case ARRAY -> list(schema.getElementType(), value);
            case ENUM -> symbol(schema, value);
            case STRING -> Scalars.text(value);
            case BYTES -> Scalars.bytes(value);
            case INT -> Scalars.integer(value);
            case LONG -> Scalars.longInteger(value);
            case BOOLEAN -> Scalars.bool(value);
            case UNION, MAP, FIXED, FLOAT, DOUBLE, NULL ->
                throw new IllegalArgumentException("the contract has no value of type " + schema.getType());
        };
    }

    private static List<Object> list(Schema element, Object value) {
        if (!(value instanceof Collection<?> items)) {
            throw unfit(value, "a list");
        }
        List<Object> list = new ArrayList<>(items.size());
        for (Object item : items) {
            try {
                if (item == null) {
                    throw new MisfitException("must not be null");
                }
                list.add(value(element, item));
            } catch (MisfitException e) {
                throw e.in("[" + list.size() + "]");
            }
        }
        return list;
    }

    private static Object symbol(Schema schema, Object value) {
        String symbol = Scalars.text(value);
        if (!schema.hasEnumSymbol(symbol)) {
            throw new MisfitException(quoted(symbol) + " is none of " + String.join(", ", schema.getEnumSymbols()));
        }
        return SpecificData.get().createEnum(symbol, schema);
    }

    /** What is wrong with a value of a wrong type. */
    static MisfitException unfit(Object value, String wanted) {
        String what = value instanceof Struct || value instanceof Map
                ? "an object"
                : value instanceof Collection ? "a list" : quoted(value);
        return new MisfitException(what + " is not " + wanted);
    }

    private static String quoted(Object value) {
        return "\"" + cut(value) + "\"";
    }

    private static String cut(@Nullable Object value) {
        String text = String.valueOf(value);
        return text.length() <= MAX_TEXT_SHOWN ? text : text.substring(0, MAX_TEXT_SHOWN) + "…";
    }
}
