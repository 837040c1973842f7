package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

/** Rules that every schema of the contract and of the stores keeps. */
class ContractTest {
    private final Map<String, Schema> named = named();

    @Test
    void everyRecordAndFieldIsDocumented() {
        List<String> bare = new ArrayList<>();
        for (Schema schema : named.values()) {
            if (isBlank(schema.getDoc())) {
                bare.add(schema.getFullName());
            }
            if (schema.getType() == Schema.Type.RECORD) {
                for (Schema.Field field : schema.getFields()) {
                    if (isBlank(field.doc())) {
                        bare.add(schema.getFullName() + "." + field.name());
                    }
                }
            }
        }

        assertThat(bare).isEmpty();
    }

    @Test
    void everyEnumHasItsFirstSymbolAsDefaultAndDocumentsAll() {
        for (Schema schema : named.values()) {
            if (schema.getType() == Schema.Type.ENUM) {
                assertThat(schema.getEnumDefault())
                        .as(schema.getFullName())
                        .isEqualTo(schema.getEnumSymbols().get(0));
                assertThat(schema.getEnumSymbols())
                        .allSatisfy(symbol -> assertThat(schema.getDoc()).contains("- " + symbol + ": "));
            }
        }
    }

    @Test
    void thereIsNoMapAndNoFloatingPointAndNoFixed() {
        for (Schema schema : named.values()) {
            if (schema.getType() == Schema.Type.RECORD) {
                for (Schema.Field field : schema.getFields()) {
                    assertThat(leaves(field.schema()))
                            .as(schema.getFullName() + "." + field.name())
                            .doesNotContain(Schema.Type.MAP, Schema.Type.FLOAT, Schema.Type.DOUBLE, Schema.Type.FIXED);
                }
            }
        }
    }

    @Test
    void everyRecordHasAFieldSoThatEachItemOfAnArrayTakesAByte() {
        for (Schema schema : named.values()) {
            if (schema.getType() == Schema.Type.RECORD) {
                assertThat(schema.getFields()).as(schema.getFullName()).isNotEmpty();
            }
        }
    }

    @Test
    void noRecordContainsItself() {
        for (Schema schema : named.values()) {
            assertThat(contains(schema, schema)).as(schema.getFullName()).isFalse();
        }
    }

    @Test
    void everyUnionIsAnOptionalValueThatIsNullByDefault() {
        for (Schema schema : named.values()) {
            if (schema.getType() == Schema.Type.RECORD) {
                for (Schema.Field field : schema.getFields()) {
                    if (field.schema().getType() == Schema.Type.UNION) {
                        assertThat(field.schema().getTypes()).as(field.name()).hasSize(2);
                        assertThat(field.schema().getTypes().get(0).getType()).isEqualTo(Schema.Type.NULL);
                        assertThat(field.hasDefaultValue())
                                .as(schema.getFullName() + "." + field.name())
                                .isTrue();
                    }
                }
            }
        }
    }

    @Test
    void everyInboundRecordSaysItsPoolFirst() {
        for (Topic topic : Topic.inbound()) {
            for (Class<?> type : topic.types()) {
                Schema schema = RecordTypes.of(type).orElseThrow().schema();
                String first = schema.getFields().get(0).name();
                assertThat(first)
                        .as(schema.getName())
                        .isEqualTo(schema.getName().equals("Tick") ? "partition" : "pool");
            }
        }
    }

    private static boolean isBlank(String doc) {
        return doc == null || doc.isBlank();
    }

    private static boolean contains(Schema within, Schema sought) {
        return switch (within.getType()) {
            case RECORD ->
                within.getFields().stream()
                        .anyMatch(field -> field.schema().equals(sought) || contains(field.schema(), sought));
            case ARRAY -> within.getElementType().equals(sought) || contains(within.getElementType(), sought);
            case UNION -> within.getTypes().stream().anyMatch(type -> type.equals(sought) || contains(type, sought));
            case ENUM, MAP, FIXED, STRING, BYTES, INT, LONG, FLOAT, DOUBLE, BOOLEAN, NULL -> false;
        };
    }

    private static List<Schema.Type> leaves(Schema schema) {
        return switch (schema.getType()) {
            case ARRAY -> leaves(schema.getElementType());
            case UNION ->
                schema.getTypes().stream()
                        .flatMap(type -> leaves(type).stream())
                        .toList();
            case RECORD, ENUM, MAP, FIXED, STRING, BYTES, INT, LONG, FLOAT, DOUBLE, BOOLEAN, NULL ->
                List.of(schema.getType());
        };
    }

    private static Map<String, Schema> named() {
        Map<String, Schema> found = new LinkedHashMap<>();
        for (RecordType type : RecordTypes.list()) {
            collect(type.schema(), found);
        }
        return found;
    }

    private static void collect(Schema schema, Map<String, Schema> found) {
        switch (schema.getType()) {
            case RECORD -> {
                if (found.putIfAbsent(schema.getFullName(), schema) == null) {
                    schema.getFields().forEach(field -> collect(field.schema(), found));
                }
            }
            case ENUM -> found.put(schema.getFullName(), schema);
            case ARRAY -> collect(schema.getElementType(), found);
            case UNION -> schema.getTypes().forEach(type -> collect(type, found));
            case MAP, FIXED, STRING, BYTES, INT, LONG, FLOAT, DOUBLE, BOOLEAN, NULL -> {}
        }
    }
}
