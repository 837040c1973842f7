package dev.millrace.schemas;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;

/**
 * Puts the one empty list in place of all that were read into records of a type. Most arrays of the contract are empty most of the time, and
 * in a state of a million tasks their lists would take more memory than what is in the others. Immutable.
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

    /** Of records with that schema, which does not refer to itself. */
    static EmptyLists of(Schema schema) {
        List<Field> fields = new ArrayList<>();
        for (Schema.Field field : schema.getFields()) {
            Schema type = field.schema().isNullable() ? notNull(field.schema()) : field.schema();
            boolean array = type.getType() == Schema.Type.ARRAY;
            EmptyLists within = ofValue(array ? type.getElementType() : type);
            if (array || within != NONE) {
                fields.add(new Field(field.pos(), within));
            }
        }
        return fields.isEmpty() ? NONE : new EmptyLists(List.copyOf(fields));
    }

    private static Schema notNull(Schema union) {
        return union.getTypes().stream()
                .filter(type -> type.getType() != Schema.Type.NULL)
                .findFirst()
                .orElse(union);
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
