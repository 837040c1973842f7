package dev.millrace.schemas;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/** Draws records that fit their schema, whether or not they make sense. */
final class RandomRecords {
    private static final String[] STRINGS = {
        "", "default", "a", "licences-k3f9/count/0", "é€😀", "\u0000", "x".repeat(300)
    };

    private final Random random;

    RandomRecords(Random random) {
        this.random = random;
    }

    SpecificRecord record(Schema schema) {
        SpecificRecord record = (SpecificRecord) SpecificData.get().newRecord(null, schema);
        for (Schema.Field field : schema.getFields()) {
            record.put(field.pos(), value(field.schema()));
        }
        return record;
    }

    private Object value(Schema schema) {
        if (LogicalTypes.timestampMillis().equals(schema.getLogicalType())) {
            return Instant.ofEpochMilli(number());
        }
        return switch (schema.getType()) {
            case RECORD -> record(schema);
            case ENUM ->
                SpecificData.get()
                        .createEnum(
                                schema.getEnumSymbols()
                                        .get(random.nextInt(
                                                schema.getEnumSymbols().size())),
                                schema);
            case ARRAY -> list(schema);
            case UNION ->
                value(schema.getTypes().get(random.nextInt(schema.getTypes().size())));
            case STRING -> STRINGS[random.nextInt(STRINGS.length)];
            case BYTES -> bytes();
            case INT -> (int) number();
            case LONG -> number();
            case BOOLEAN -> random.nextBoolean();
            case NULL -> null;
            case MAP, FIXED, FLOAT, DOUBLE -> throw new AssertionError("the contract has no " + schema.getType());
        };
    }

    private List<Object> list(Schema schema) {
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(value(schema.getElementType()));
        }
        return list;
    }

    private ByteBuffer bytes() {
        byte[] bytes = new byte[random.nextInt(100)];
        random.nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    private long number() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(100);
            case 1 -> -random.nextInt(1_000_000);
            case 2 -> random.nextLong();
            default -> random.nextBoolean() ? Long.MAX_VALUE : Long.MIN_VALUE;
        };
    }
}
