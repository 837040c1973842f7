package dev.millrace.connect;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Random;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;

/** Draws Structs that fit their schema, whether or not they make sense. */
final class RandomStructs {
    private static final List<String> TEXTS =
            List.of("", "default", "licences-k3f9/count/0", "é€😀", "\u0000\"\\\n", "x".repeat(300));

    private final Random random;

    RandomStructs(long seed) {
        random = new Random(seed);
    }

    Struct struct(Schema schema) {
        Struct struct = new Struct(schema);
        for (Field field : schema.fields()) {
            struct.put(field, value(field.schema()));
        }
        struct.validate();
        return struct;
    }

    private Object value(Schema schema) {
        // A STRUCT is optional only where null stands for the contract's default, which would come back as that.
        if (schema.isOptional() && schema.type() != Schema.Type.STRUCT && random.nextInt(3) == 0) {
            return null;
        }
        if (Timestamp.LOGICAL_NAME.equals(schema.name())) {
            return Date.from(Instant.ofEpochMilli(number()));
        }
        return switch (schema.type()) {
            case STRUCT -> struct(schema);
            case ARRAY -> list(schema.valueSchema());
            case STRING -> text(schema);
            case BYTES -> bytes();
            case INT32 -> (int) number();
            case INT64 -> number();
            case BOOLEAN -> random.nextBoolean();
            case INT8, INT16, FLOAT32, FLOAT64, MAP -> throw new AssertionError("the contract has no " + schema.type());
        };
    }

    private String text(Schema schema) {
        List<String> texts = TEXTS;
        if (schema.parameters() != null) {
            texts = List.of(schema.parameters().get(ConnectSchemas.ENUM_SYMBOLS).split(","));
        }
        return texts.get(random.nextInt(texts.size()));
    }

    private List<Object> list(Schema element) {
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(value(element));
        }
        return list;
    }

    private byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(100)];
        random.nextBytes(bytes);
        return bytes;
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
