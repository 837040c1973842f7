package dev.millrace.schemas;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;

/**
 * Puts the one empty list, which can't be changed, in place of all that were read into records of a type. Most arrays of the contract are
 * empty most of the time, and in a state of a million tasks their lists would take more memory than what is in the others. Immutable.
 */
final class EmptyLists {
    private static final EmptyLists NONE = new EmptyLists(List.of());

    private final List<Field> fields;

    /**
     * A field that may hold lists.
     *
     * @param position its position
     * @param within the same for the record that it holds, or for the records in the array that it holds
     */
    private record Field(int position, EmptyLists within) {}

    private EmptyLists(List<Field> fields) {
        this.fields = fields;
    }

    /**
     * Of records with that schema, which does not refer to itself.
     *
     * @throws IllegalArgumentException if a field may be of several types that are not null, which no record of Millrace's has
     */
    static EmptyLists of(Schema schema) {
        List<Field> fields = new ArrayList<>();
        for (Schema.Field field : schema.getFields()) {
            Schema type = valueType(field.schema());
            boolean array = type.getType() == Schema.Type.ARRAY;
            EmptyLists within = ofValue(array ? type.getElementType() : type);
            if (array || within != NONE) {
                fields.add(new Field(field.pos(), within));
            }
        }
        return fields.isEmpty() ? NONE : new EmptyLists(List.copyOf(fields));
    }

    private static Schema valueType(Schema schema) {
        if (!schema.isUnion()) {
            return schema;
        }
        List<Schema> types = schema.getTypes().stream()
                .filter(type -> type.getType() != Schema.Type.NULL)
                .toList();
        if (types.size() != 1) {
            throw new IllegalArgumentException("a field of several types: " + schema);
        }
        return types.get(0);
    }

    private static EmptyLists ofValue(Schema type) {
        return type.getType() == Schema.Type.RECORD ? of(type) : NONE;
    }

    /** Puts it into a record that was just read. */
    void share(IndexedRecord record) {
        for (Field field : fields) {
            Object value = record.get(field.position());
            if (value instanceof List<?> list) {
                if (list.isEmpty()) {
                    record.put(field.position(), Collections.emptyList());
                } else if (field.within() != NONE) {
                    list.forEach(item -> field.within().share((IndexedRecord) item));
                }
            } else if (value instanceof IndexedRecord inner) {
                field.within().share(inner);
            }
        }
    }
}
