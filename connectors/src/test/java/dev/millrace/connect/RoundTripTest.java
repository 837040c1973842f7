package dev.millrace.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every record type of the contract goes to bytes and back, in every form, and is the same. */
class RoundTripTest {
    private static final int RECORDS_PER_TYPE = Integer.getInteger("millrace.roundtrip.records", 100);
    private static final String TOPIC = "anything";

    private final MillraceConverter structs = converter(Map.of());

    static List<ContractType> types() {
        return ContractType.all();
    }

    @ParameterizedTest
    @MethodSource("types")
    void structsComeBackEqual(ContractType type) {
        RandomStructs random = new RandomStructs(type.name().hashCode());

        for (int i = 0; i < RECORDS_PER_TYPE; i++) {
            Struct struct = random.struct(type.connect());

            byte[] bytes = structs.fromConnectData(TOPIC, struct.schema(), struct);

            assertThat(structs.toConnectData(TOPIC, bytes)).isEqualTo(new SchemaAndValue(type.connect(), struct));
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void textsInJsonComeBackAsTheSameBytes(ContractType type) {
        RandomStructs random = new RandomStructs(type.name().hashCode());
        MillraceConverter texts = converter(Map.of("form", "json", "record", type.name()));

        for (int i = 0; i < RECORDS_PER_TYPE; i++) {
            Struct struct = random.struct(type.connect());
            byte[] bytes = structs.fromConnectData(TOPIC, struct.schema(), struct);

            SchemaAndValue text = texts.toConnectData(TOPIC, bytes);

            assertThat(text.schema()).isEqualTo(Schema.STRING_SCHEMA);
            assertThat((String) text.value()).doesNotContain("\n");
            assertThat(texts.fromConnectData(TOPIC, text.schema(), text.value()))
                    .isEqualTo(bytes);
        }
    }

    /** Connect's own JSON, with the schema in each value, knows defaults, logical types and optional values. */
    @ParameterizedTest
    @MethodSource("types")
    void structsSurviveConnectsOwnJsonConverter(ContractType type) {
        RandomStructs random = new RandomStructs(type.name().hashCode());
        JsonConverter json = new JsonConverter();
        json.configure(Map.of("schemas.enable", "true"), false);

        for (int i = 0; i < RECORDS_PER_TYPE; i++) {
            Struct struct = random.struct(type.connect());
            byte[] bytes = structs.fromConnectData(TOPIC, struct.schema(), struct);

            SchemaAndValue there = json.toConnectData(TOPIC, json.fromConnectData(TOPIC, struct.schema(), struct));

            assertThat(structs.fromConnectData(TOPIC, there.schema(), there.value()))
                    .isEqualTo(bytes);
        }
    }

    /** And so do Maps, which is what that converter makes of JSON without a schema. */
    @ParameterizedTest
    @MethodSource("types")
    void mapsComeBackAsTheSameBytes(ContractType type) {
        RandomStructs random = new RandomStructs(type.name().hashCode());
        MillraceConverter maps = converter(Map.of("record", type.avro().getFullName()));
        JsonConverter json = new JsonConverter();
        json.configure(Map.of("schemas.enable", "false"), false);

        for (int i = 0; i < RECORDS_PER_TYPE; i++) {
            Struct struct = random.struct(type.connect());
            byte[] bytes = structs.fromConnectData(TOPIC, struct.schema(), struct);

            Object map = json.toConnectData(TOPIC, json.fromConnectData(TOPIC, struct.schema(), struct))
                    .value();

            assertThat(map).isInstanceOf(Map.class);
            assertThat(maps.fromConnectData(TOPIC, null, map)).isEqualTo(bytes);
        }
    }

    private static MillraceConverter converter(Map<String, String> options) {
        Map<String, String> all = new HashMap<>(options);
        // Random records fit their schema, but keep few of the contract's rules.
        all.put("validate", "false");
        MillraceConverter converter = new MillraceConverter();
        converter.configure(all, false);
        return converter;
    }
}
